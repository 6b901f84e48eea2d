import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ParkedWrite, Wire } from '../../api/answers.js';
import { count, many } from '../format.js';
import { Failure } from '../parts.js';
import { post, ReadError } from '../read.js';

type Written = Wire<ParkedWrite>;
type What = 'replay' | 'discard';

const DOES: Record<What, string> = {
  replay: 'counts them: each is added to its counter once',
  discard: 'drops them for good: no counter changes',
};

interface OperateProps {
  id: string;
  /** What is typed. */
  short: string;
  names: readonly string[];
  onDone: () => void;
}

/** Dry run, the id typed, then replay or discard. */
export function Operate({ id, short, names, onDone }: OperateProps): JSX.Element {
  const [run, setRun] = useState<{ what: What; names: readonly string[]; found: Written }>();
  const [done, setDone] = useState<{ what: What; found: Written }>();
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const result = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // another selection needs another dry run
    if (run !== undefined && run.names.join('\0') !== names.join('\0')) setRun(undefined);
  }, [names, run]);
  const send = async (body: object, what: What): Promise<Written | undefined> => {
    setBusy(true);
    setError(undefined);
    try {
      return await post<Written>(what, { id, names, ...body });
    } catch (failed) {
      setError(failed instanceof ReadError ? failed.message : String(failed));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  const tryOut = async (what: What): Promise<void> => {
    setDone(undefined);
    const found = await send({ dryRun: true }, what);
    if (found !== undefined) setRun({ what, names, found });
  };
  const act = async (
    what: What,
    seen: string | undefined,
    typed: { confirm: string; reason: string },
  ): Promise<void> => {
    const found = await send({ dryRun: false, seen, ...typed }, what);
    if (found === undefined) return;
    setRun(undefined);
    setDone({ what, found });
    result.current?.focus();
    onDone();
  };
  return (
    <div class="stack">
      <div class="actions">
        <span>
          {names.length === 0 ? 'Select counters to go on.' : `${count(names.length)} selected`}
        </span>
        <button
          type="button"
          disabled={names.length === 0 || isBusy}
          onClick={() => void tryOut('replay')}
        >
          Replay: dry run
        </button>
        <button
          type="button"
          disabled={names.length === 0 || isBusy}
          onClick={() => void tryOut('discard')}
        >
          Discard: dry run
        </button>
      </div>
      {error !== undefined && <Failure text={`${error}.`} />}
      {run !== undefined && (
        <Confirm
          key={run.what}
          short={short}
          {...run}
          isBusy={isBusy}
          onConfirm={(typed) => void act(run.what, run.found.seen, typed)}
        />
      )}
      <div ref={result} tabIndex={-1} role="status">
        {done !== undefined && (
          <p class="done">
            {done.what === 'replay' ? 'Replayed' : 'Discarded'}{' '}
            {many(done.found.entries, 'entry', 'entries')}.
            {(done.found.changed ?? 0) > 0 &&
              ` ${many(done.found.changed ?? 0, 'entry', 'entries')} changed meanwhile, and nothing was done about that.`}
            {done.found.refused.length > 0 &&
              ` These stay, as they would leave the 64-bit range: ${done.found.refused.join(', ')}.`}
            {toRepeat(done.found)}
          </p>
        )}
      </div>
    </div>
  );
}

const toRepeat = ({ toRepeat: names }: Written): string =>
  names.length === 0
    ? ''
    : ` These were set or deleted, and stay: ${names.join(', ')}. Repeat that where it is still meant, and discard them.`;

interface ConfirmProps {
  short: string;
  what: What;
  found: Written;
  isBusy: boolean;
  onConfirm: (typed: { confirm: string; reason: string }) => void;
}

function Confirm({ short, what, found, isBusy, onConfirm }: ConfirmProps): JSX.Element {
  const [confirm, setConfirm] = useState('');
  const [reason, setReason] = useState('');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <form
      class="confirm stack"
      aria-label={`Confirm: ${what}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (confirm === short && !isBusy) onConfirm({ confirm, reason });
      }}
    >
      <p role="status">
        <b>Dry run:</b> {what} of {many(found.entries, 'entry', 'entries')} of{' '}
        {many(found.counters, 'counter')}, {count(found.sum)} in sum, {DOES[what]}.
        {found.refused.length > 0 &&
          ` These would leave the 64-bit range, and stay: ${found.refused.join(', ')}.`}
        {toRepeat(found)}
      </p>
      <div class="filters">
        <label class="field">
          Type {short} to confirm
          <input
            ref={first}
            value={confirm}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setConfirm(currentTarget.value)}
          />
        </label>
        <label class="field">
          Why, for the log
          <input
            value={reason}
            maxLength={1000}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <button
          type="submit"
          class={what === 'discard' ? 'danger' : 'main'}
          disabled={confirm !== short || isBusy}
        >
          {what === 'replay' ? 'Replay' : 'Discard'} {many(found.entries, 'entry', 'entries')}
        </button>
      </div>
    </form>
  );
}
