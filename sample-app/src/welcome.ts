/** Three commands that work when pasted in order, at the first start and at any later one. */
export function welcome(url: string, hasDashboard: boolean): string {
  const article = JSON.stringify({ title: 'Hello', body: 'My first article' });
  return `
Listening on ${url}, open it in a browser: there counters move. API documentation at ${url}/docs.${
    hasDashboard ? `\nThe dashboard of the counters is at ${url}/dashboard.` : ''
  }
Or create an article, view it, list all:

  curl -sw '\\n' ${url}/articles -H 'Content-Type: application/json' -d '${article}'
  curl -sw '\\n' ${url}/articles/1
  curl -sw '\\n' ${url}/articles

Stop with Ctrl+C and start again: the counts are still there.
`;
}
