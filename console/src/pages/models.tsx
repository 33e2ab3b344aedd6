import { useLocation, useSearch } from 'wouter';
import { Page, Segments } from '../kit/kit';
import { AttentionView } from '../models/attention';
import { EngineView } from '../models/engine';
import { SurpriseView } from '../models/surprise';
import { useMay, useUser } from '../session';
import { text } from '../text';

const t = text.models;
type View = keyof typeof t.viewNames;

/** The operator sees the machine; whoever may ask may look into what a model does. */
export default function Models() {
  const [, navigate] = useLocation();
  const chosen = new URLSearchParams(useSearch()).get('view') as View;
  const user = useUser();
  const asks = useMay('chat');
  const views = (Object.keys(t.viewNames) as View[]).filter((view) => (view === 'engine' ? user.operator : asks));
  const view = views.includes(chosen) ? chosen : views[0];
  return (
    <Page title={t.title} about={t.about}>
      {views.length > 1 && view && (
        <div style={{ overflowX: 'auto' }}>
          <Segments label={t.views} value={view} onChange={(next) => navigate(`/models?view=${next}`)} options={views.map((value) => ({ value, label: t.viewNames[value] }))} />
        </div>
      )}
      {view === 'attention' ? <AttentionView /> : view === 'surprise' ? <SurpriseView /> : <EngineView />}
    </Page>
  );
}
