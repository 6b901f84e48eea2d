import { useEffect, useState } from 'preact/hooks';

/** What the address behind the # says: a page, and what is shown there. */
export interface Place {
  page: string;
  query: Readonly<Record<string, string>>;
}

const placeOf = (hash: string): Place => {
  const [page = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { page, query: Object.fromEntries(new URLSearchParams(search)) };
};

/** The address of a place, for links. */
export function hrefOf(page: string, query: Readonly<Record<string, string>> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== '');
  const search = new URLSearchParams(Object.fromEntries(filled)).toString();
  return `#/${page}${search === '' ? '' : `?${search}`}`;
}

/** Goes to a place without a step in the history: while somebody types, say. */
export function replaceBy(href: string): void {
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const look = (): void => setPlace(placeOf(location.hash));
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, []);
  return place;
}
