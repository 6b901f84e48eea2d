// npm run build
import { buildLibrary } from './build.mjs';

await buildLibrary();
