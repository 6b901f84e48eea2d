/** The data of server-sent events. */
export async function* dataOf(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<unknown, void> {
  let text = '';
  for await (const part of body ?? []) {
    text += Buffer.from(part).toString();
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}
