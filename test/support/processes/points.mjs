import { getQueueToken } from '@nestjs/bull';
import { COUNTER_CACHE, PERSIST_QUEUE } from 'nestjs-fastcounter';
import mysql from 'mysql2';
import pg from 'pg';

/**
 * Has this process send itself a signal when it passes a point of the protocol for the so-manieth
 * time. The points are made around the parts that the application injects and around the driver's
 * queries: the package knows nothing of them.
 *
 * @param {import('@nestjs/common').INestApplicationContext} app
 * @param {import('./protocol.js').SignalAt} signalAt
 */
export function watchPoints(app, { point, signal = 'SIGKILL', time = 1 }) {
  let passed = 0;
  const pass = (name) => {
    if (name === point && ++passed === time) process.kill(process.pid, signal);
  };

  const cache = app.get(COUNTER_CACHE);
  around(cache, 'add', {
    before: ({ generation }) => generation !== '' && pass('before add'),
    after: ({ status }) => status === 'applied' && pass('after add'),
    argument: 1,
  });
  around(cache, 'claim', { after: ({ status }) => status === 'batch' && pass('after claim') });
  around(cache, 'acknowledge', {
    before: () => pass('before acknowledge'),
    after: () => pass('after acknowledge'),
  });
  around(cache, 'seed', { after: () => pass('after seed') });

  around(app.get(PERSIST_QUEUE), 'trigger', { before: () => pass('before enqueue') });
  for (const queue of queuesOf(app)) around(queue, 'add', { after: () => pass('after enqueue') });

  aroundCommits(pass);
  aroundBatchesOfMariadb(pass);
  aroundOutbox(pass);
}

function queuesOf(app) {
  return Array.from({ length: 5 }, (_, partition) =>
    app.get(getQueueToken(`PersistCounter${partition}`)),
  );
}

/** Of what writes counters: seeding has transactions of its own. */
function aroundCommits(pass) {
  const { prototype } = pg.Client;
  const { query } = prototype;
  const within = new WeakSet();
  const writing = new WeakSet();
  prototype.query = function (statement, ...rest) {
    const { text = statement } = statement;
    const writes = /INSERT INTO "fast_counter" /.test(text);
    if (/^START TRANSACTION\b/.test(text)) within.add(this);
    if (writes && within.has(this)) writing.add(this);
    const ends = /^(COMMIT|ROLLBACK)$/.test(text) && within.delete(this);
    // a statement without a transaction around it commits
    const commits = ends ? writing.delete(this) && text === 'COMMIT' : writes && !within.has(this);
    if (!commits) return query.call(this, statement, ...rest);
    pass('before commit');
    return query.call(this, statement, ...rest).then((answer) => {
      pass('after commit');
      return answer;
    });
  };
}

/** A row that was counted is removed. */
function aroundOutbox(pass) {
  const { prototype } = pg.Client;
  const { query } = prototype;
  prototype.query = function (statement, ...rest) {
    if (/DELETE FROM "fast_counter_outbox"/.test(statement?.text)) pass('before outbox removal');
    return query.call(this, statement, ...rest);
  };
}

/** Of MariaDB each is one statement, with its commit inside; of MySQL a transaction. */
function aroundBatchesOfMariadb(pass) {
  const { prototype } = mysql.Connection;
  const { query } = prototype;
  const writing = new WeakSet();
  prototype.query = function (statement, ...rest) {
    const text = statement?.sql ?? '';
    const writes = /INSERT INTO (`\w+`\.)?`fast_counter`/.test(text);
    const ends = /^(COMMIT|ROLLBACK)$/.test(text);
    const commits = ends
      ? writing.delete(this) && text === 'COMMIT'
      : writes && /BEGIN NOT ATOMIC/.test(text);
    if (writes && !commits) writing.add(this);
    if (!commits) return query.call(this, statement, ...rest);
    const answer = rest.pop();
    pass('before commit');
    return query.call(this, statement, ...rest, (error, ...found) => {
      if (!error) pass('after commit');
      answer(error, ...found);
    });
  };
}

function around(target, method, { before = () => {}, after = () => {}, argument = 0 }) {
  const run = target[method];
  target[method] = (...given) => {
    before(given[argument]);
    const answer = run.apply(target, given);
    if (!(answer instanceof Promise)) return answer;
    return answer.then((value) => {
      after(value);
      return value;
    });
  };
}
