import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificates {
  /** Where they are: ca.crt, server.crt, server.key, client.crt, client.key. */
  readonly directory: string;
  read(file: string): Promise<string>;
  remove(): Promise<void>;
}

/** A certificate authority, and what it signed for a server of this name and for a client. */
export async function makeCertificates(serverName: string): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-certificates-'));
  const openssl = (...words: string[]): Promise<unknown> =>
    run('openssl', words, { cwd: directory });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-x509', '-days', '2', '-subj', '/CN=authority'];
  await openssl('req', ...key, ...authority, '-keyout', 'ca.key', '-out', 'ca.crt');
  await writeFile(join(directory, 'names'), `subjectAltName=DNS:${serverName}`);
  for (const [name, subject] of Object.entries({ server: serverName, client: 'client' })) {
    const [request, certificate] = [`${name}.csr`, `${name}.crt`];
    const files = ['-keyout', `${name}.key`, '-out', request];
    await openssl('req', ...key, '-subj', `/CN=${subject}`, ...files);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    const names = name === 'server' ? ['-extfile', 'names'] : [];
    await openssl('x509', '-req', '-in', request, ...signed, ...names, '-out', certificate);
  }
  return {
    directory,
    read: (file) => readFile(join(directory, file), 'utf8'),
    remove: () => rm(directory, { recursive: true }),
  };
}
