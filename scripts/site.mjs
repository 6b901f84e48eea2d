// The documents and the doc comments as one site with search, by TypeDoc: npm run site [-- FOLDER]
//
// Every relative link and every {@link} is followed: one that leads nowhere is an error.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Application, Converter, KindRouter, LogLevel, OptionDefaults } from 'typedoc';
import { root } from './run.mjs';

/** By folder, in this order: README.md names the documents in another one, for who begins. */
const GROUPS = new Map([
  ['docs', 'Documents'],
  ['docs/guides', 'Guides'],
  ['docs/procedures', 'Procedures'],
  ['', 'Project'],
  ['sample-app', 'Project'],
  ['docs/decisions', 'Decisions'],
]);
const PROJECT = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];

const from = (path) => join(root, path);
const { exports } = JSON.parse(readFileSync(from('package.json'), 'utf8'));
const modules = Object.keys(exports).filter((path) => path !== './package.json');

/** The page of a document is where its file is, so that its address stays when its heading changes. */
class Router extends KindRouter {
  getIdealBaseName(reflection) {
    return reflection.isDocument()
      ? relative(root, fileOf(reflection)).replace(/\.md$/, '')
      : super.getIdealBaseName(reflection);
  }
}

function fileOf(document) {
  return document.project.files.getReflectionPath(document) ?? '';
}

const app = await Application.bootstrap({
  name: 'nestjs-fastcounter',
  basePath: root,
  tsconfig: from('lib/tsconfig.json'),
  // the compiler checks types elsewhere
  skipErrorChecking: true,
  entryPoints: modules.map((path) => from(join('lib', path, 'index.ts'))),
  readme: from('README.md'),
  projectDocuments: [
    ...['docs', 'docs/guides', 'docs/procedures', 'docs/decisions'].map((it) => from(`${it}/*.md`)),
    ...[...PROJECT, 'sample-app/README.md'].map(from),
  ],
  router: 'files',
  groupOrder: [...new Set(GROUPS.values()), '*'],
  navigation: { includeGroups: true },
  searchInDocuments: true,
  modifierTags: [...OptionDefaults.modifierTags, '@publicApi'],
  excludeTags: ['@publicApi'],
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeExternals: true,
  disableSources: true,
  highlightLanguages: [...OptionDefaults.highlightLanguages, 'sql', 'diff', 'docker'],
  // a type that is not exported is written out by the reports of the package's types
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
  treatWarningsAsErrors: true,
  logLevel: LogLevel.Warn,
});

app.renderer.defineRouter('files', Router);
app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
  const folder = dirname(relative(root, fileOf(document)));
  document.frontmatter.group = GROUPS.get(folder === '.' ? '' : folder);
  const heading = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join(''));
  if (heading?.[1] !== undefined) document.name = heading[1].replaceAll('`', '');
});

const project = await app.convert();
if (project !== undefined) {
  app.validate(project);
  await app.generateDocs(project, process.argv[2] ?? from('.tmp/site'));
}
const { logger } = app;
if (project === undefined || logger.hasErrors() || logger.hasWarnings()) process.exitCode = 1;
