import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { User } from './api/types';
import type { IconName } from './kit/icons';
import { text } from './text';

type Group = 'knowledge' | 'operate' | 'administer';

export interface Destination {
  path: string;
  label: string;
  icon: IconName;
  group: Group;
  visible: (user: User) => boolean;
}

const may = (verb: string) => (user: User) => user.verbs.includes(verb);
const manages = (user: User) => user.verbs.includes('admin') && user.unrestricted;

/** What the navigation shows, to whom. The server decides for itself what anybody may do. */
export const destinations: Destination[] = [
  { path: '/', label: text.shell.start, icon: 'home', group: 'knowledge', visible: () => true },
  { path: '/collections', label: text.shell.collections, icon: 'folder', group: 'knowledge', visible: may('read') },
  { path: '/playground', label: text.shell.playground, icon: 'search', group: 'knowledge', visible: may('read') },
  { path: '/evaluation', label: text.shell.evaluation, icon: 'scale', group: 'knowledge', visible: may('read') },
  { path: '/memory', label: text.shell.memory, icon: 'brain', group: 'knowledge', visible: may('read') },
  { path: '/models', label: text.shell.models, icon: 'chip', group: 'operate', visible: (user) => user.operator || user.verbs.includes('chat') },
  { path: '/jobs', label: text.shell.jobs, icon: 'jobs', group: 'operate', visible: manages },
  { path: '/usage', label: text.shell.usage, icon: 'chart', group: 'operate', visible: manages },
  { path: '/audit', label: text.shell.audit, icon: 'audit', group: 'operate', visible: manages },
  { path: '/receipts', label: text.shell.receipts, icon: 'receipt', group: 'operate', visible: may('read') },
  { path: '/keys', label: text.shell.keys, icon: 'key', group: 'administer', visible: may('admin') },
  { path: '/tenants', label: text.shell.tenants, icon: 'tenants', group: 'administer', visible: (user) => user.operator },
  { path: '/settings', label: text.shell.settings, icon: 'settings', group: 'administer', visible: (user) => user.operator },
];

/** The first parts of these paths are known to the server too: engram.api.console.ConsoleFilter. */
export const pages: { path: string; page: LazyExoticComponent<ComponentType<any>> }[] = [
  { path: '/', page: lazy(() => import('./pages/start')) },
  { path: '/collections', page: lazy(() => import('./pages/collections')) },
  { path: '/collections/:collection', page: lazy(() => import('./pages/collection')) },
  { path: '/collections/:collection/files/:file', page: lazy(() => import('./pages/file')) },
  { path: '/playground', page: lazy(() => import('./pages/playground')) },
  { path: '/evaluation', page: lazy(() => import('./pages/evaluation')) },
  { path: '/evaluation/runs/:run', page: lazy(() => import('./pages/run')) },
  { path: '/memory', page: lazy(() => import('./pages/memory')) },
  { path: '/models', page: lazy(() => import('./pages/models')) },
  { path: '/jobs', page: lazy(() => import('./pages/jobs')) },
  { path: '/usage', page: lazy(() => import('./pages/usage')) },
  { path: '/audit', page: lazy(() => import('./pages/audit')) },
  { path: '/receipts', page: lazy(() => import('./pages/receipts')) },
  { path: '/keys', page: lazy(() => import('./pages/keys')) },
  { path: '/tenants', page: lazy(() => import('./pages/tenants')) },
  { path: '/settings', page: lazy(() => import('./pages/settings')) },
];
