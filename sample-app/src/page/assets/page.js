const REFRESH = 1000;
const SAMPLES = ['Counting reads', 'Rows that everybody updates', 'Exactly once'];

const element = (id) => document.getElementById(id);
/** What this browser likes; the application knows it too, by the visitor's address. */
const liked = new Set();

async function call(path, { method = 'GET', body } = {}) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

const number = (value) => BigInt(value).toLocaleString();

/** Texts of users are text, never HTML. */
function cell(text, className = '') {
  const made = document.createElement('td');
  made.textContent = text;
  made.className = className;
  return made;
}

/** The row of an article, which stays the same one. */
function rowOf({ id, title }) {
  const known = document.querySelector(`tr[data-id="${id}"]`);
  if (known !== null) return known;
  const row = document.createElement('tr');
  row.dataset.id = id;
  const button = document.createElement('button');
  button.type = 'button';
  button.addEventListener('click', () => void like(id).catch(say));
  const last = document.createElement('td');
  last.append(button);
  row.append(cell(title), cell('', 'number'), cell('', 'number'), last);
  return row;
}

/** Moves only what is elsewhere: a button keeps the focus as long as its row stays in the page. */
function place(parent, rows) {
  for (const child of [...parent.children]) if (!rows.includes(child)) child.remove();
  rows.forEach((row, index) => {
    const there = parent.children[index] ?? null;
    if (there !== row) parent.insertBefore(row, there);
  });
}

function show(articles, top) {
  element('none').hidden = articles.length > 0;
  place(
    element('articles'),
    articles.map((article) => {
      const row = rowOf(article);
      const [, views, likes, { firstChild: button }] = row.children;
      views.textContent = number(article.views);
      likes.textContent = number(article.likes);
      button.textContent = liked.has(article.id) ? 'Unlike' : 'Like';
      button.setAttribute('aria-label', `${button.textContent} ${article.title}`);
      return row;
    }),
  );
  element('top').replaceChildren(
    ...top.map(({ title, views }) => {
      const line = document.createElement('li');
      line.textContent = `${title}: ${number(views)}`;
      return line;
    }),
  );
}

async function refresh() {
  if (document.hidden) return;
  show(...(await Promise.all([call('articles?limit=10'), call('leaderboard/today?limit=10')])));
}

async function like(id) {
  const method = liked.has(id) ? 'DELETE' : 'POST';
  await call(`articles/${id}/like`, { method });
  if (method === 'POST') liked.add(id);
  else liked.delete(id);
  await refresh();
}

async function sendVisitors() {
  const articles = await call('articles?limit=1');
  for (const title of articles.length === 0 ? SAMPLES : []) {
    await call('articles', { method: 'POST', body: { title, body: `${title}, at length.` } });
  }
  const { visitors } = await call('traffic', { method: 'POST', body: { visitors: 500 } });
  element('sent').textContent = `${visitors} visitors have read an article.`;
  await refresh();
}

function say(error) {
  element('sent').textContent = error.message;
}

element('traffic').addEventListener('click', () => void sendVisitors().catch(say));
await refresh().catch(say);
setInterval(() => void refresh().catch(say), REFRESH);

// there is one in embedded mode alone
const dashboard = document.querySelector('a[href="dashboard"]');
dashboard.hidden = !(await fetch('dashboard', { method: 'HEAD' })).ok;
