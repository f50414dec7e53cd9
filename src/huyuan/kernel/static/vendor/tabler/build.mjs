// Builds tabler.css from reduced.scss:  node build.mjs FOLDER
// FOLDER is where `npm install @tabler/core@VERSION sass` was run; docs/vendored.md has the versions.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(resolve(process.argv[2]), 'node_modules');
const here = dirname(fileURLToPath(import.meta.url));
const sass = createRequire(join(modules, 'sass', 'package.json'))('sass');
const version = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;

const built = sass.compile(join(here, 'reduced.scss'), {
  loadPaths: [modules],
  style: 'compressed',
  quietDeps: true,
  silenceDeprecations: ['import', 'global-builtin', 'color-functions'],
});
const head = `/* Tabler ${version('@tabler/core')} over Bootstrap ${version('bootstrap')} (reduced), MIT, see LICENSE */`;
writeFileSync(join(here, 'tabler.css'), `${head}\n${built.css.replace(/^\uFEFF/, '')}\n`);
