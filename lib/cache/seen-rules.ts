/** What a process said of the rules that all should have, and how many milliseconds ago one did so last. */
export interface SeenRules {
  said: string;
  age: number;
}
