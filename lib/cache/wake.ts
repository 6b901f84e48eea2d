/**
 * A job that a partition asks for. One is asked for at a time: while it waits, another is only asked for
 * that comes earlier, in its place. The worker that takes it says so at its first claim.
 */
export interface Wake {
  /** Of the job: whoever asks for it again, asks for the same one. */
  id: string;
  /** Milliseconds from now. */
  delay: number;
  /** The job that this one takes the place of. */
  replaces?: string;
}
