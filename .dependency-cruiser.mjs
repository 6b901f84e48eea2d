const packages = (names) => `(^|node_modules/)(${names})(/|$)`;

/** Packages that one folder of the library hides from all the others. */
const hidden = {
  queue: 'bull|@nestjs/bull|bullmq|@nestjs/bullmq|ioredis',
  database: 'typeorm|@nestjs/typeorm|pg|mysql2',
  cache: 'cache-manager|keyv|@keyv/redis|@redis/client|redis',
};

/** Folders behind a subpath or a program of the package, each with the packages that it alone knows: nothing of them is loaded where it is not imported. */
const subpaths = {
  testing: [],
  dashboard: [],
  cli: [],
  health: ['@nestjs/terminus'],
  metrics: ['prom-client', '@opentelemetry/api'],
};

/** What every folder may import: words, and what is told of failures, with the files beside the folders. */
const below = ['words', 'incidents'];

/** What a folder of the library may import besides itself and what is below. */
const layers = {
  words: [],
  incidents: [],
  cache: [],
  windows: [],
  queue: ['cache'],
  database: ['cache', 'windows'],
  persisting: ['cache', 'windows', 'database', 'queue'],
  reading: ['cache', 'database', 'persisting'],
  input: ['cache', 'database'],
  counting: [
    'input',
    'cache',
    'windows',
    'queue',
    'database',
    'persisting',
    'reading',
    'operating',
  ],
  operating: ['input', 'cache', 'queue', 'database', 'counting/buffer', 'counting/sending'],
  metering: ['input', 'counting', 'windows', 'reading'],
  dashboard: ['input', 'counting', 'windows', 'metering', 'operating', 'module'],
};

/** The same inside `counting/`. */
const countingLayers = {
  entries: [],
  sending: ['entries'],
  buffer: ['entries', 'sending'],
};

/** The same inside `cache/redis/` and `cache/memory/`. */
const redisLayers = {
  scripts: [],
  protocol: ['scripts'],
  fitness: ['scripts'],
  clients: ['scripts', 'fitness'],
};
const memoryLayers = {
  state: [],
  steps: ['state'],
};

/** The same inside `database/postgres/` and `database/mysql/`. */
const engineLayers = {
  statements: [],
  connections: [],
};

/** The same inside `database/sqlite/`. */
const sqliteLayers = {
  statements: [],
  drivers: [],
};

/** The same inside `dashboard/`; what runs in browsers shares types with the API alone. */
const dashboardLayers = {
  api: ['http'],
  http: [],
  page: ['api'],
};

/** The same inside `metering/`. */
const meteringLayers = {
  service: [],
  quota: ['service', 'rules'],
  rules: ['service'],
  context: ['rules'],
  meter: ['service', 'context'],
  call: ['rules', 'context', 'meter'],
  decorator: ['rules', 'context', 'meter', 'call'],
};

const ofSubpaths = Object.entries(subpaths)
  .map(([folder, names]) => [folder, names.join('|')])
  .filter(([, names]) => names !== '');

const onlyIn = [...Object.entries(hidden), ...ofSubpaths].map(([folder, names]) => ({
  name: `only-${folder}-knows-its-packages`,
  severity: 'error',
  from: { path: '^lib/', pathNot: `^lib/${folder}/` },
  to: { path: packages(names) },
}));

const behindSubpaths = Object.keys(subpaths).map((folder) => ({
  name: `nobody-imports-${folder}`,
  severity: 'error',
  from: { path: '^lib/', pathNot: `^lib/${folder}/` },
  to: { path: `^lib/${folder}/` },
}));

const layersOf = (parent, folders) =>
  Object.entries(folders).map(([folder, allowed]) => ({
    name: `layer-${parent}${folder}`,
    severity: 'error',
    from: { path: `^lib/${parent}${folder}/` },
    to: {
      path: `^lib/${parent}[^/]+/`,
      pathNot: `^lib/${parent}(${[folder, ...below, ...allowed].join('|')})/`,
    },
  }));

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing-files', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...onlyIn,
    ...layersOf('', layers),
    ...layersOf('counting/', countingLayers),
    ...layersOf('cache/redis/', redisLayers),
    ...layersOf('cache/memory/', memoryLayers),
    ...layersOf('database/postgres/', engineLayers),
    ...layersOf('database/mysql/', engineLayers),
    ...layersOf('database/sqlite/', sqliteLayers),
    ...layersOf('dashboard/', dashboardLayers),
    ...layersOf('metering/', meteringLayers),
    {
      name: 'only-the-service-knows-what-operates',
      severity: 'error',
      from: { path: '^lib/counting/[^/]+/' },
      to: { path: '^lib/(operating|reading)/' },
    },
    {
      name: 'nobody-imports-the-index',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lib/index\\.ts$' },
    },
    {
      name: 'nobody-imports-the-module',
      severity: 'error',
      from: {
        path: '^lib/',
        pathNot: `^lib/(module/|(${Object.keys(subpaths).join('|')})/|index\\.ts$)`,
      },
      to: { path: '^lib/module/' },
    },
    ...behindSubpaths,
    {
      name: 'only-the-page-imports-the-page',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/dashboard/page/' },
      to: { path: '^lib/dashboard/page/' },
    },
    {
      name: 'the-page-runs-in-browsers',
      severity: 'error',
      from: { path: '^lib/dashboard/page/' },
      to: { pathNot: ['^lib/dashboard/', packages('preact')], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'library-stands-alone',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(sample-app|test|bench|scripts|dist)/' },
    },
    {
      name: 'library-declares-what-it-imports',
      severity: 'error',
      // the page is bundled with what it imports
      from: { path: '^lib/', pathNot: '^lib/dashboard/page/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-peer'],
      },
    },
    {
      name: 'sample-app-uses-the-package',
      severity: 'error',
      from: { path: '^sample-app/' },
      to: { path: '^(lib|test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
