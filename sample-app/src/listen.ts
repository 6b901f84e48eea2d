import type { INestApplication } from '@nestjs/common';
import { EnvironmentError } from './environment.js';

/** Answers the address for people on this machine. */
export async function listen(app: INestApplication, port: number): Promise<string> {
  try {
    await app.listen(port);
  } catch (error) {
    await app.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new EnvironmentError(`Port ${port} is taken: set PORT to another, or to 0 for any`);
    }
    throw error;
  }
  const { port: actualPort } = new URL(await app.getUrl());
  return `http://localhost:${actualPort}`;
}
