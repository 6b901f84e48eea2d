import { type JSX, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Overview, Wire } from '../api/answers.js';
import { CounterPage } from './pages/counter.js';
import { CountersPage } from './pages/counters.js';
import { EventsPage } from './pages/events.js';
import { MeteringPage } from './pages/metering.js';
import { OverviewPage } from './pages/overview.js';
import { ParkedPage } from './pages/parked.js';
import { PartitionsPage } from './pages/partitions.js';
import { Loaded } from './parts.js';
import { type Read, useRead } from './read.js';
import { hrefOf, type Place, usePlace } from './router.js';

type Seen = Wire<Overview>;

const PAGES = [
  ['', 'Overview'],
  ['counters', 'Counters'],
  ['counter', 'One counter'],
  ['metering', 'Metering'],
  ['partitions', 'Partitions'],
  ['parked', 'Parked'],
  ['events', 'Events'],
] as const;

function App(): JSX.Element {
  const place = usePlace();
  const read = useRead<Seen>('overview', 1_500);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const [, title] = PAGES.find(([page]) => page === place.page) ?? PAGES[0];
  const { data } = read;
  useEffect(() => {
    document.title = [data?.verdict, title, data?.namespace].filter(Boolean).join(' · ');
  }, [title, data?.verdict, data?.namespace]);
  useEffect(() => {
    // who goes to another page by keyboard goes on there
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [place.page]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), main.current?.focus())}
      >
        Go to the content
      </a>
      <Head place={place} read={read} />
      <main id="main" tabIndex={-1} ref={main} aria-label={title}>
        <Shown place={place} read={read} />
      </main>
      <Foot read={read} />
    </>
  );
}

function Head({ place, read: { data, error } }: { place: Place; read: Read<Seen> }): JSX.Element {
  const parked = [...(data?.status.partitions ?? []), ...(data?.lastKnown?.partitions ?? [])].some(
    ({ parked = 0, overflowed = 0, refused = 0 }) => parked + overflowed + refused > 0,
  );
  return (
    <header class="top">
      <h1>
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M7 24v-6M13 24V13M19 24v-8M25 24V8" />
        </svg>
        Counters
        {data !== undefined && <span class="namespace">{data.module ?? data.namespace}</span>}
      </h1>
      {data !== undefined && (
        <a class={`pill ${error === undefined ? data.verdict : 'unknown'}`} href={hrefOf('')}>
          {error === undefined ? data.verdict : 'NO ANSWER'}
        </a>
      )}
      <nav aria-label="Pages">
        <ul>
          {PAGES.map(([page, title]) => (
            <li key={page}>
              <a href={hrefOf(page)} aria-current={page === place.page ? 'page' : undefined}>
                {title}
                {page === 'parked' && parked && <span class="mark">!</span>}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}

function Shown({ place: { page, query }, read }: { place: Place; read: Read<Seen> }): JSX.Element {
  const zone = read.data?.timeZone ?? 'UTC';
  if (page === 'counters') return <CountersPage query={query} timeZone={zone} />;
  if (page === 'counter') return <CounterPage query={query} />;
  if (page === 'events') return <EventsPage />;
  if (page === 'metering') {
    return <MeteringPage query={query} timeZone={zone} quotas={read.data?.quotas ?? 0} />;
  }
  if (page === 'parked') {
    return <ParkedPage query={query} canOperate={read.data?.access === 'operate'} />;
  }
  return (
    <Loaded of={read}>
      {(data) => {
        if (page === 'partitions') return <PartitionsPage data={data} now={read.at} />;
        return <OverviewPage data={data} now={read.at} />;
      }}
    </Loaded>
  );
}

function Foot({ read: { data } }: { read: Read<Seen> }): JSX.Element {
  return (
    <footer>
      {data !== undefined && (
        <p>
          nestjs-fastcounter {data.version} · namespace {data.namespace} · time zone {data.timeZone}{' '}
          · answered by process {data.process.pid} on {data.process.host} ·{' '}
          {data.access === 'operate' ? 'you may operate' : 'read-only'}
        </p>
      )}
    </footer>
  );
}

const root = document.getElementById('page');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
