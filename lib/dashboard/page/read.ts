import { useEffect, useRef, useState } from 'preact/hooks';
import type { ErrorAnswer } from '../api/answers.js';

/** A request that failed. */
export class ReadError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Milliseconds after which a request is given up. */
const PATIENCE = 10_000;

/** Addresses are relative to that of the page, so it does not matter where a proxy has put it. */
async function answered<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let answer: Response;
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    answer = await fetch(`api/${path}`, { ...init, signal, credentials: 'same-origin' });
  } catch {
    throw new ReadError('AWAY', 'The application does not answer');
  }
  if (answer.status === 401)
    throw new ReadError('LOGIN', 'You are not logged in any more: load the page again');
  const body = (await answer.json().catch(() => undefined)) as Answer | ErrorAnswer | undefined;
  if (answer.ok && body !== undefined) return body as Answer;
  if (answer.status === 403 && !isError(body))
    throw new ReadError('FORBIDDEN', 'You may not see this');
  if (isError(body)) throw new ReadError(body.error.code, body.error.message);
  throw new ReadError('UNEXPECTED', `The application answered with status ${answer.status}`);
}

function isError(body: unknown): body is ErrorAnswer {
  const { error } = (body ?? {}) as Partial<ErrorAnswer>;
  return typeof error === 'object' && typeof error.code === 'string';
}

export const get = <Answer>(path: string): Promise<Answer> => answered(path, {});

export const post = <Answer>(path: string, body: object): Promise<Answer> =>
  answered(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-FastCounter-Dashboard': '1' },
    body: JSON.stringify(body),
  });

/** A path with its query; what is undefined or '' is left out. */
export function pathOf(
  path: string,
  query: Record<string, string | readonly string[] | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) {
      if (each !== '') search.append(key, each);
    }
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/** What was read last. Where a read fails, what was read before stays, with its time. */
export interface Read<Answer> {
  data?: Answer | undefined;
  /** When the data came, in milliseconds since 1970. */
  at: number;
  error?: ReadError | undefined;
  /** Reads at once. */
  again: () => void;
}

/** Reads again and again; not while the page is hidden. Nothing is read where there is no path. */
export function useRead<Answer>(path: string | undefined, every: number): Read<Answer> {
  const [state, setState] = useState<Omit<Read<Answer>, 'again'> & { path?: string }>({ at: 0 });
  const again = useRef(() => {});
  useEffect(() => {
    if (path === undefined) return;
    let timer: number | undefined;
    let isOver = false;
    let isReading = false;
    const read = async (): Promise<void> => {
      clearTimeout(timer);
      timer = undefined;
      if (isReading) return;
      isReading = true;
      try {
        const data = await get<Answer>(path);
        if (!isOver) setState({ path, data, at: Date.now() });
      } catch (error) {
        const told =
          error instanceof ReadError ? error : new ReadError('UNEXPECTED', String(error));
        if (!isOver)
          setState((old) => ({ ...(old.path === path ? old : { at: 0 }), path, error: told }));
      }
      isReading = false;
      if (!isOver && !document.hidden) timer = window.setTimeout(() => void read(), every);
    };
    const look = (): void => {
      if (document.hidden) clearTimeout(timer);
      else void read();
    };
    again.current = () => void read();
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [path, every]);
  const { path: of, ...found } = state;
  return { ...(of === path ? found : { at: 0 }), again: () => again.current() };
}
