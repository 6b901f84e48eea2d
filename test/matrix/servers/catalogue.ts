import type { Release } from './archive.js';

const debian = (suite: string): Release => ({
  ...{ archive: 'http://deb.debian.org/debian', suites: [suite] },
  components: ['main'],
});
const ubuntu = (suite: string): Release => ({
  ...{ archive: 'http://archive.ubuntu.com/ubuntu', suites: [suite, `${suite}-updates`] },
  components: ['main', 'universe'],
});

export type Kind = 'redis' | 'postgres' | 'mariadb' | 'mysql' | 'sqlite';

/** A server that is none of those which the tests install by themselves, or the driver that compiles for minutes. */
export type Server = ServerOfRelease | Driver;

export interface Driver {
  title: string;
  kind: 'sqlite';
  /** Of npm, in an exact version. */
  driver: string;
  without?: undefined;
}

export interface ServerOfRelease {
  title: string;
  kind: Exclude<Kind, Driver['kind']>;
  release: Release;
  packages: readonly string[];
  /** The program, as it stands in the package. */
  program: string;
  /** Tests that are about a later version, by their paths. */
  without?: readonly string[];
}

export const SERVERS: readonly Server[] = [
  {
    ...{ title: 'PostgreSQL 13', kind: 'postgres', release: debian('bullseye') },
    ...{ packages: ['postgresql-13'], program: '/usr/lib/postgresql/13/bin/postgres' },
    // of reads by one list, from 17 on; collations of ICU, from 15 on
    without: ['persistence/plans', 'persistence/collation'],
  },
  {
    ...{ title: 'PostgreSQL 14', kind: 'postgres', release: ubuntu('jammy') },
    ...{ packages: ['postgresql-14'], program: '/usr/lib/postgresql/14/bin/postgres' },
    without: ['persistence/plans', 'persistence/collation'],
  },
  {
    ...{ title: 'PostgreSQL 15', kind: 'postgres', release: debian('bookworm') },
    ...{ packages: ['postgresql-15'], program: '/usr/lib/postgresql/15/bin/postgres' },
    without: ['persistence/plans'],
  },
  {
    ...{ title: 'PostgreSQL 16', kind: 'postgres', release: ubuntu('noble') },
    ...{ packages: ['postgresql-16'], program: '/usr/lib/postgresql/16/bin/postgres' },
    without: ['persistence/plans'],
  },
  {
    ...{ title: 'PostgreSQL 17', kind: 'postgres', release: debian('trixie') },
    ...{ packages: ['postgresql-17'], program: '/usr/lib/postgresql/17/bin/postgres' },
  },
  {
    ...{ title: 'MariaDB 10.6', kind: 'mariadb', release: ubuntu('jammy') },
    ...{
      packages: ['mariadb-server-core-10.6', 'mariadb-client-core-10.6'],
      program: '/usr/sbin/mariadbd',
    },
  },
  {
    ...{ title: 'MariaDB 11.8', kind: 'mariadb', release: debian('trixie') },
    ...{ packages: ['mariadb-server-core', 'mariadb-client-core'], program: '/usr/sbin/mariadbd' },
  },
  {
    ...{ title: 'MySQL 8.4', kind: 'mysql', release: ubuntu('questing') },
    ...{ packages: ['mysql-server-core'], program: '/usr/sbin/mysqld' },
  },
  {
    ...{ title: 'MySQL 9.7', kind: 'mysql', release: debian('sid') },
    ...{ packages: ['mysql-server-core'], program: '/usr/sbin/mysqld' },
  },
  {
    ...{ title: 'SQLite by better-sqlite3', kind: 'sqlite', driver: 'better-sqlite3@12.11.1' },
  },
  {
    ...{ title: 'Redis 8.0', kind: 'redis', release: debian('trixie') },
    ...{ packages: ['redis-server'], program: '/usr/bin/redis-server' },
  },
  {
    ...{ title: 'Valkey 8.1', kind: 'redis', release: debian('trixie') },
    ...{ packages: ['valkey-server'], program: '/usr/bin/valkey-server' },
  },
  {
    ...{ title: 'Valkey 9.1', kind: 'redis', release: debian('sid') },
    ...{ packages: ['valkey-server'], program: '/usr/bin/valkey-server' },
  },
];
