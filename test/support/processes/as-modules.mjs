// For `node --import`: a process has the package as the modules that its bundle is made of, whose classes can be reached.
import { register } from 'node:module';

const modules = new URL('../../../dist/modules/index.js', import.meta.url).href;
const hooks = `
  export const resolve = (name, context, next) =>
    name === 'nestjs-fastcounter' ? { url: '${modules}', shortCircuit: true } : next(name, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
