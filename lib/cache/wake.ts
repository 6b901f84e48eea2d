/**
 * A job that a partition asks for. It asks for one job at a time; only an earlier job takes the place of the one that
 * it asked for. The worker that takes the job names it at its first claim; then the partition may ask for the next one.
 */
export interface Wake {
  /** Id of the job: the same one where the partition asks for the job again. */
  id: string;
  /** Milliseconds until the job is to run. */
  delay: number;
  /** Id of the later job whose place this one takes. */
  replaces?: string;
}
