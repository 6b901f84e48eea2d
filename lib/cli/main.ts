#!/usr/bin/env node
import 'reflect-metadata';
import { run } from './run.js';

/** Milliseconds for which a process waits for its last lines to be written. */
const WRITING = 1000;

// a pipe whose reader has enough ends the command
process.stdout.on('error', () => process.exit());

void run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY,
  environment: process.env,
}).then((status) => {
  process.exitCode = status;
  // connections to servers that do not answer may be open still
  setTimeout(() => process.exit(), WRITING).unref();
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
});
