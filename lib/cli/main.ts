#!/usr/bin/env node
import 'reflect-metadata';
import { run } from './run.js';

/** Milliseconds for which a process waits for its last lines to be written. */
const WRITING = 1000;

function unwritten(error: NodeJS.ErrnoException | null | undefined): void {
  if (!error) return;
  // a pipe whose reader has enough ends the command, as with head
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`fastcounter: The output could not be written: ${error.message}\n`);
  process.exit(2);
}

process.stdout.on('error', unwritten);
// progress that nobody reads ends nothing
process.stderr.on('error', () => undefined);

void run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text, unwritten),
  error: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY,
  environment: process.env,
}).then((status) => {
  process.exitCode = status;
  // connections to servers that do not answer may be open still
  setTimeout(() => process.exit(), WRITING).unref();
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
});
