import { ProcessorClock, type ProcessorTimes } from './measure/processor-time.js';
import type { Outcome, Parameters, Subject, Task, World } from './subject.js';
import { type SubjectName, subjects } from './subjects/index.js';

export interface Opening {
  subject: SubjectName;
  world: World;
  parameters: Parameters;
}

export type Command =
  | { id: number; command: 'open'; opening: Opening }
  | { id: number; command: 'run'; task: Task }
  | { id: number; command: 'settle' }
  | { id: number; command: 'close' };

export interface Measured extends Outcome {
  spent?: ProcessorTimes;
}

export type Answer = { id: number } & ({ result: unknown } | { error: string });

/** The process of one subject: does what its parent tells it over IPC, one thing after the other. */
export function hostSubject(): void {
  let subject: Subject | undefined;
  let world: World | undefined;

  const opened = (): { subject: Subject; world: World } => {
    if (subject === undefined || world === undefined) throw new Error('No subject is open');
    return { subject, world };
  };
  const obey = async (command: Command): Promise<unknown> => {
    switch (command.command) {
      case 'open': {
        const { opening } = command;
        world = opening.world;
        subject = await subjects[opening.subject](world, opening.parameters);
        return undefined;
      }
      case 'run': {
        const clock = new ProcessorClock(opened().world);
        const outcome = await opened().subject.run(command.task, clock);
        return { ...outcome, spent: clock.spent } satisfies Measured;
      }
      case 'settle':
        return opened().subject.settle?.();
      case 'close':
        return subject?.close();
    }
  };
  const answer = (message: Answer): void => void process.send?.(message);

  process.on('message', (command: Command) => {
    obey(command)
      .then((result) => answer({ id: command.id, result: result ?? null }))
      .catch((error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        answer({ id: command.id, error: text });
      })
      .finally(() => {
        // a profile is written when the process ends by itself
        if (command.command === 'close') process.disconnect();
      });
  });
  process.on('disconnect', () => setTimeout(() => process.exit(0), 500).unref());
}
