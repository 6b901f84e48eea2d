import type { JSX } from 'preact';
import type { Overview, Wire } from '../../api/answers.js';
import { Sparks } from '../chart.js';
import { ago, count, mean, moment, rate, span } from '../format.js';
import { Bar, Nothing, Section, Table, Tile } from '../parts.js';

type Seen = Wire<Overview>;

const WORDS: Record<Seen['verdict'], string> = {
  OK: 'Counts are accepted, persisted and intact.',
  DEGRADED: 'Counts get through. Something has to be looked at.',
  DOWN: 'Counts do not get in, do not get to the database, or cannot be read.',
};

export function OverviewPage({ data, now }: { data: Seen; now: number }): JSX.Element {
  return (
    <>
      <Verdict data={data} now={now} />
      <Tiles data={data} now={now} />
      <div class="columns">
        <Servers data={data} now={now} />
        <Workers data={data} now={now} />
      </div>
    </>
  );
}

function Verdict({ data: { verdict, status }, now }: { data: Seen; now: number }): JSX.Element {
  const { problems } = status;
  return (
    <section class={`verdict ${verdict}`} aria-label="State">
      <div role="status">
        <p class="word">{verdict}</p>
        <p>{WORDS[verdict]}</p>
      </div>
      {problems.length > 0 && (
        <ol class="problems" aria-label="Problems, the worst first">
          {problems.map(({ code, severity, since, text, next }) => (
            <li key={code} class={severity}>
              <p class="head">
                <b>{severity === 'high' ? 'High' : 'Medium'}</b> <code>{code}</code>
                <span class="note" title={moment(since)}>
                  for {span(Math.max(0, now - Date.parse(since)))}
                </span>
              </p>
              <p>{text}.</p>
              <p class="next">
                <b>What to do:</b> {next}.
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Tiles({
  data: { status, rates, lastKnown, at },
  now,
}: {
  data: Seen;
  now: number;
}): JSX.Element {
  const { buffer, refused, outbox } = status;
  const isStale = status.persisting.overdueMs === undefined;
  const persisting = isStale ? lastKnown?.persisting : status.persisting;
  const of = isStale && lastKnown !== undefined ? `as of ${ago(lastKnown.at, now)}` : undefined;
  const overdue = persisting?.overdueMs;
  const refusing = mean(rates.refused);
  const codes = Object.entries(refused).filter(([, callers]) => callers > 0);
  return (
    <dl class="tiles">
      <Tile
        label="Acknowledged a second"
        value={rate(mean(rates.acknowledged))}
        note="entries, by this process"
      >
        <Sparks values={rates.acknowledged} />
      </Tile>
      <Tile
        label="Refused a second"
        value={rate(refusing)}
        tone={refusing > 0 ? 'bad' : undefined}
        note={
          codes.length === 0
            ? 'callers, by this process'
            : codes.map(([code, callers]) => `${code} ${count(callers)}`).join(', ')
        }
      >
        <Sparks values={rates.refused} />
      </Tile>
      <Tile
        label="Persist lag"
        value={overdue === undefined ? 'unknown' : overdue <= 0 ? 'none' : span(overdue)}
        stale={isStale}
        note={
          of ??
          (persisting?.lastAt
            ? `last persisted ${ago(persisting.lastAt, Date.parse(at))}`
            : 'nothing persisted yet')
        }
      />
      <Tile
        label="Buffer"
        value={count(buffer.entries)}
        tone={buffer.entries > buffer.limit * 0.8 ? 'bad' : undefined}
        note={`of ${count(buffer.limit)} entries${
          buffer.oldestMs === undefined ? '' : `, the oldest for ${span(buffer.oldestMs)}`
        }`}
      >
        <Bar part={buffer.entries / buffer.limit} />
      </Tile>
      {outbox && outbox.waiting + outbox.refused > 0 && (
        <Tile
          label="Outbox"
          value={count(outbox.waiting)}
          tone={outbox.refused > 0 ? 'bad' : undefined}
          note={
            outbox.refused > 0
              ? `wait, and ${count(outbox.refused)} are not counted`
              : 'increments of transactions wait'
          }
        />
      )}
    </dl>
  );
}

/** `where` counts wait. */
const classesOf = (where: string) =>
  [
    ['write', 'Write', `Increments into ${where}`],
    ['read', 'Read', `Totals, from ${where} and the database`],
    ['persist', 'Persist', `From ${where} to the database`],
    ['queue', 'Queue', 'Jobs for workers'],
  ] as const;

function Servers({ data, now }: { data: Seen; now: number }): JSX.Element {
  const { status, isEmbedded } = data;
  const { cache, database, outages } = status;
  return (
    <Section title="Servers" note="As this process sees them.">
      <Table label="Servers and operations">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {isEmbedded ? (
            <tr>
              <th scope="row">
                Redis <span class="note">Where processes share their counts</span>
              </th>
              <td>None: this process counts embedded, alone</td>
            </tr>
          ) : (
            <State name="Redis" of="Answers" isGood={cache.answers} text={cache.error} />
          )}
          <State name="Database" of="Answers" isGood={database.answers} text={database.error} />
          {classesOf(isEmbedded ? 'memory' : 'Redis').map(([of, name, what]) => {
            const outage = outages.find((it) => it.of === of);
            return (
              <State
                key={of}
                name={name}
                of={what}
                isGood={outage === undefined}
                text={
                  outage &&
                  `for ${span(Math.max(0, now - Date.parse(outage.since)))}: ${outage.error}`
                }
              />
            );
          })}
        </tbody>
      </Table>
    </Section>
  );
}

function State(props: {
  name: string;
  of: string;
  isGood: boolean;
  text?: string | undefined;
}): JSX.Element {
  const { name, of, isGood, text } = props;
  return (
    <tr>
      <th scope="row">
        {name} <span class="note">{of}</span>
      </th>
      <td>
        <span class={`state ${isGood ? 'good' : 'bad'}`}>{isGood ? 'Works' : 'Fails'}</span> {text}
      </td>
    </tr>
  );
}

function Workers({ data: { status, lastKnown }, now }: { data: Seen; now: number }): JSX.Element {
  const { workers } = status.persisting;
  const shown = workers ?? lastKnown?.persisting.workers ?? [];
  const isStale = workers === undefined;
  return (
    <Section
      title="Workers"
      note={
        isStale
          ? lastKnown
            ? `As of ${ago(lastKnown.at, now)}.`
            : 'Redis does not tell.'
          : 'Processes that persist.'
      }
    >
      {shown.length === 0 ? (
        <Nothing>{isStale ? 'Unknown.' : 'No process that persists was seen.'}</Nothing>
      ) : (
        <div class={isStale ? 'stale' : undefined}>
          <Table label="Workers">
            <thead>
              <tr>
                <th scope="col">Host</th>
                <th scope="col" class="number">
                  Process
                </th>
                <th scope="col">Version</th>
                <th scope="col">Seen</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ host, pid, version, seenAt }) => (
                <tr key={`${host} ${pid}`}>
                  <td>{host}</td>
                  <td class="number">{pid}</td>
                  <td>{version}</td>
                  <td title={moment(seenAt)}>{ago(seenAt, now)}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}
