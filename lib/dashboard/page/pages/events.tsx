import type { JSX } from 'preact';
import type { EventsAnswer, Wire } from '../../api/answers.js';
import { ago, count, moment } from '../format.js';
import { Loaded, Nothing, Section } from '../parts.js';
import { useRead } from '../read.js';

const KINDS = { good: 'Good', bad: 'Problem', note: 'Note' } as const;

export function EventsPage(): JSX.Element {
  const read = useRead<Wire<EventsAnswer>>('events', 2_000);
  return (
    <Section
      title="Events"
      note="Of the process that answers alone, since its start; each process tells its own. Acknowledged and persisted, which come all the time, are left out."
    >
      <Loaded of={read}>
        {({ events, process }) => (
          <>
            <p class="note">
              Process {process.pid} on {process.host}, started {ago(process.startedAt, read.at)}.
            </p>
            {events.length === 0 ? (
              <Nothing>Nothing has happened since. This is the normal state.</Nothing>
            ) : (
              <ol class="events">
                {events.map(({ name, kind, at, last, times, details }, place) => (
                  <li key={`${at} ${events.length - place}`} class={kind}>
                    <p class="head">
                      <b>{KINDS[kind]}</b> <code>{name}</code>
                      {times > 1 && <span> {count(times)} times</span>}
                      <time class="note" dateTime={last} title={moment(last)}>
                        {ago(last, read.at)}
                      </time>
                    </p>
                    <dl>
                      {details.map(([key, value]) => (
                        <div key={key}>
                          <dt>{key}</dt>
                          <dd>{value}</dd>
                        </div>
                      ))}
                    </dl>
                  </li>
                ))}
              </ol>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}
