// node build.mjs <folder with node_modules of the bundlers> <way> <file>
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [tools, way, outfile] = process.argv.slice(2);
const require = createRequire(join(tools, 'package.json'));
const entry = fileURLToPath(new URL('./main.mjs', import.meta.url));
// what Nest and pg ask for if it is there
const absent = ['@nestjs/microservices', '@nestjs/websockets', '@nestjs/platform-express'];
const external = [...absent, 'pg-native'];

const withEsbuild = (settings) =>
  require('esbuild').build({
    entryPoints: [entry],
    outfile,
    external,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    ...settings,
  });

const ways = {
  'esbuild, an ES module': () =>
    withEsbuild({
      format: 'esm',
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
    }),
  'esbuild, CommonJS, minified': () =>
    withEsbuild({
      format: 'cjs',
      minify: true,
      define: { 'import.meta.url': 'bundleUrl' },
      banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    }),
  webpack: () =>
    new Promise((resolve, reject) => {
      const webpack = require('webpack');
      const compiler = webpack({
        entry,
        mode: 'none',
        target: 'node20',
        output: { path: join(outfile, '..'), filename: 'main.cjs' },
        plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
        externals: ({ request }, done) =>
          external.some((name) => request === name || request.startsWith(`${name}/`))
            ? done(null, `commonjs ${request}`)
            : done(),
      });
      compiler.run((error, stats) => {
        if (error ?? stats?.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')));
        else resolve();
      });
    }),
};

await ways[way]();
