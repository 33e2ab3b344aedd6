import { Component, Suspense, useEffect, useState, type ReactNode } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { del } from './api/client';
import { Empty, Failed, Loading, Menu, Page } from './kit/kit';
import { Icon } from './kit/icons';
import { useToast } from './kit/toasts';
import { destinations, pages } from './routes';
import { useUser } from './session';
import { text } from './text';
import { setTheme } from './theme';
import { UploadsProvider } from './uploads';

export function Shell({ onSignedOut }: { onSignedOut: () => void }) {
  const user = useUser();
  const [location, navigate] = useLocation();
  const [open, setOpen] = useState(false);
  const toast = useToast();
  useEffect(() => {
    setOpen(false);
    window.scrollTo(0, 0);
  }, [location]);

  async function signOut() {
    try {
      await del('/api/session');
      navigate('/');
      onSignedOut();
    } catch (failure) {
      toast('bad', (failure as Error).message);
    }
  }

  const groups = ['knowledge', 'operate', 'administer'] as const;
  return (
    <UploadsProvider>
      <a className="button skip" href="#content">
        {text.shell.skip}
      </a>
      <div className="shell">
        <header className="topbar">
          <Link href="/" className="brand">
            <img src="/favicon.svg" alt="" />
            Engram
          </Link>
          <button type="button" className="button small icon" aria-label={text.shell.menu} aria-expanded={open} aria-controls="sidebar" onClick={() => setOpen(!open)}>
            <Icon name={open ? 'close' : 'menu'} />
          </button>
        </header>
        <div className={`sidebar ${open ? 'open' : ''}`} id="sidebar">
          <Link href="/" className="brand">
            <img src="/favicon.svg" alt="" />
            Engram
          </Link>
          <nav aria-label={text.shell.nav}>
            {groups.map((group) => {
              const shown = destinations.filter((one) => one.group === group && one.visible(user));
              return shown.length === 0 ? null : (
                <div className="nav-group" key={group}>
                  <span>{text.shell[group]}</span>
                  <ul>
                    {shown.map((one) => {
                      const current = one.path === '/' ? location === '/' : location.startsWith(one.path);
                      return (
                        <li key={one.path}>
                          <Link href={one.path} className="nav-link" aria-current={current ? 'page' : undefined}>
                            <Icon name={one.icon} />
                            {one.label}
                          </Link>
                        </li>
                      );
                    })}
                  </ul>
                </div>
              );
            })}
          </nav>
          <div className="whoami">
            <Menu
              label={text.shell.account}
              className="button quiet"
              choices={[
                { id: 'light', label: text.shell.light, icon: 'sun', run: () => setTheme('light') },
                { id: 'dark', label: text.shell.dark, icon: 'moon', run: () => setTheme('dark') },
                { id: 'system', label: text.shell.system, icon: 'settings', run: () => setTheme('system') },
                { id: 'out', label: text.shell.signOut, icon: 'exit', run: () => void signOut() },
              ]}
            >
              <Icon name="user" />
              <span className="grow">
                <span className="ellipsis" style={{ display: 'block' }}>
                  {user.name}
                </span>
                <span className="small muted ellipsis" style={{ display: 'block', fontWeight: 400 }}>
                  {text.shell.roles[user.role]} · {user.tenant_name}
                </span>
              </span>
            </Menu>
          </div>
        </div>
        <main id="content" tabIndex={-1}>
          <Guard key={location}>
            <Suspense fallback={<Loading />}>
              <Switch>
                {pages.map(({ path, page: Shown }) => (
                  <Route key={path} path={path}>
                    {(params) => <Shown key={JSON.stringify(params)} {...params} />}
                  </Route>
                ))}
                <Route>
                  <Page title={text.common.unknownPage}>
                    <div className="card">
                      <Empty icon="search" title={text.common.unknownPage} action={<Link href="/" className="button">{text.common.backToStart}</Link>} />
                    </div>
                  </Page>
                </Route>
              </Switch>
            </Suspense>
          </Guard>
        </main>
      </div>
    </UploadsProvider>
  );
}

/** A page that breaks says so, and leaves the others alone. */
class Guard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error ? <Failed error={this.state.error} retry={() => location.reload()} /> : this.props.children;
  }
}
