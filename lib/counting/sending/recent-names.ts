/** The last names that were added, between one and two times as many as said. */
export class RecentNames {
  private recent = new Set<string>();
  private older = new Set<string>();

  constructor(private readonly size: number) {}

  has(name: string): boolean {
    return this.recent.has(name) || this.older.has(name);
  }

  add(name: string): void {
    if (this.recent.size >= this.size) {
      this.older = this.recent;
      this.recent = new Set();
    }
    this.recent.add(name);
  }
}
