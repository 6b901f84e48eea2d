import type { JSX } from 'preact';
import type { QuotaGroup, Wire } from '../../api/answers.js';
import { count, moment, zoned } from '../format.js';
import { Bar, Dimensions, Failure, Loaded, Nothing, Table } from '../parts.js';
import { useRead } from '../read.js';

export function Quotas({ timeZone }: { timeZone: string }): JSX.Element {
  const read = useRead<Wire<{ quotas: QuotaGroup[] }>>('quotas', 3_000);
  return (
    <Loaded of={read}>
      {({ quotas }) => (
        <div class="stack">
          {quotas.map((quota, place) => (
            <Quota key={place} of={quota} timeZone={timeZone} />
          ))}
        </div>
      )}
    </Loaded>
  );
}

function Quota({
  of: { name, window, groupBy, rows, error },
  timeZone,
}: {
  of: Wire<QuotaGroup>;
  timeZone: string;
}): JSX.Element {
  const title = `${name}${window === undefined ? '' : `, per ${window}`}${groupBy.length === 0 ? '' : `, by ${groupBy.join(' and ')}`}`;
  return (
    <section aria-label={title}>
      <p>
        <b>{title}</b>
      </p>
      {error !== undefined ? (
        <Failure text={`${error}.`} />
      ) : rows.length === 0 ? (
        <Nothing>Nothing of it is used.</Nothing>
      ) : (
        <Table label={title}>
          <thead>
            <tr>
              <th scope="col">Whose</th>
              <th scope="col" class="number">
                Used
              </th>
              <th scope="col" class="number">
                Limit
              </th>
              <th scope="col" class="wide">
                <span class="hidden">Used, as a bar</span>
              </th>
              <th scope="col">Reset</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ dimensions, used, limit, over, resetsAt }) => {
              const part = limit === undefined ? 0 : Number(used) / Number(limit);
              return (
                <tr key={JSON.stringify(dimensions)}>
                  <th scope="row" class="name">
                    {groupBy.length === 0 ? 'Everybody' : <Dimensions of={dimensions} />}
                  </th>
                  <td class={over === '0' ? 'number' : 'number bad'}>{count(used)}</td>
                  <td class="number">{limit === undefined ? 'none' : count(limit)}</td>
                  <td>
                    <Bar part={part} tone={part >= 1 ? 'bad' : part >= 0.8 ? 'warn' : ''} />
                  </td>
                  <td title={resetsAt && moment(resetsAt)}>
                    {resetsAt === undefined ? 'never' : zoned(resetsAt, timeZone)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </Table>
      )}
    </section>
  );
}
