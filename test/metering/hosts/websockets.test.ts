import { once } from 'node:events';
import {
  type CanActivate,
  type INestApplication,
  Injectable,
  Module,
  type PipeTransform,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { from, interval, map, type Observable, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CountCalls, type CountedCall } from '../../../lib/index.js';
import { counted, countingModule } from '../counting.js';

interface Message {
  event: string;
  data: unknown;
}

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class OnlyWords implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (typeof value === 'string') return value;
    throw new WsException('no word');
  }
}

const byContext = ({ context, args }: CountedCall): string => {
  if (context === undefined) throw new Error('no context');
  const host = context.switchToWs();
  return `${context.getType()} ${host.getPattern()} ${String(host.getData())} ${args.length}`;
};

@WebSocketGateway()
class Room implements OnGatewayConnection {
  @CountCalls()
  handleConnection(): void {
    return undefined;
  }

  @SubscribeMessage('echo')
  @CountCalls()
  echo(_client: unknown, data: unknown): Message {
    return { event: 'echo', data };
  }

  @SubscribeMessage('later')
  @CountCalls()
  @CountCalls({ name: byContext })
  @CountCalls({ name: 'protocol:{request._isServer}' })
  later(@MessageBody() data: string, @ConnectedSocket() client: object): Promise<Message> {
    return Promise.resolve({ event: 'later', data: `${data} ${typeof client}` });
  }

  @CountCalls({ name: byContext })
  @SubscribeMessage('plain')
  plain(...args: unknown[]): Message {
    return { event: 'plain', data: args.length };
  }

  @SubscribeMessage('stream')
  @CountCalls()
  stream(@MessageBody() data: number[]): Observable<Message> {
    return from(data).pipe(map((one) => ({ event: 'stream', data: one })));
  }

  readonly waiting = new Subject<Message>();

  @SubscribeMessage('silence')
  @CountCalls({ on: 'always', name: ({ outcome }) => `silence:${outcome}` })
  silence(): Observable<Message> {
    return this.waiting.asObservable();
  }

  @SubscribeMessage('forever')
  @CountCalls({ on: 'always', name: ({ outcome }) => `forever:${outcome}` })
  forever(): Observable<Message> {
    return interval(1).pipe(map((one) => ({ event: 'forever', data: one })));
  }

  @SubscribeMessage('word')
  @UsePipes(new OnlyWords())
  @CountCalls({ name: byContext })
  word(@MessageBody() data: string): Message {
    return { event: 'word', data };
  }

  @SubscribeMessage('fails')
  @CountCalls({ name: 'failures:{error.message}', on: 'error' })
  fails(): never {
    throw new WsException('never');
  }

  @SubscribeMessage('guarded')
  @UseGuards(Closed)
  @CountCalls({ on: 'always' })
  guarded(): string {
    return 'unreachable';
  }
}

/** Imports nothing of the counters. */
@Module({ providers: [Room] })
class RoomModule {}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('a gateway on %s', (_name, adapter) => {
  let app: INestApplication;
  let socket: WebSocket;
  let received: Message[];

  beforeEach(async () => {
    const module = await countingModule({ imports: [RoomModule] }, { isGlobal: false });
    app = await NestFactory.create(module, adapter(), { logger: false, abortOnError: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    received = [];
    socket = new WebSocket((await app.getUrl()).replace('http', 'ws'));
    socket.on('message', (data: Buffer) => received.push(JSON.parse(String(data)) as Message));
    await once(socket, 'open');
  });
  afterEach(async () => {
    socket.terminate();
    await app.close();
  });

  const send = (event: string, data: unknown): void => socket.send(JSON.stringify({ event, data }));

  test('a thousand messages are counted exactly', async () => {
    for (let index = 0; index < 1000; index++) send('echo', index);
    await vi.waitFor(() => expect(received).toHaveLength(1000), { timeout: 30_000 });
    expect(await counted(app)).toEqual({ 'Room.handleConnection': 1, 'Room.echo': 1000 });
  });

  test('promises, Observables, pipes, errors and the context', async () => {
    send('later', 'a');
    send('plain', 'b');
    send('stream', [1, 2, 3]);
    send('word', 'c');
    send('fails', null);
    send('guarded', null);
    send('word', 7);
    await vi.waitFor(() => expect(received).toHaveLength(9), { timeout: 30_000 });
    expect(received).toEqual(
      expect.arrayContaining([
        { event: 'later', data: 'a object' },
        { event: 'plain', data: 3 },
        { event: 'stream', data: 3 },
        { event: 'word', data: 'c' },
      ]),
    );
    expect(await counted(app)).toEqual({
      'Room.handleConnection': 1,
      'Room.later': 1,
      'ws later a 2': 1,
      'protocol:true': 1,
      'ws plain b 3': 1,
      'Room.stream': 1,
      'ws word c 1': 1,
      'failures:never': 1,
    });
  });

  test('a stream that its client leaves was served after a value, and cancelled before', async () => {
    const { waiting } = app.get(Room, { strict: false });
    send('silence', null);
    send('forever', null);
    await vi.waitFor(
      () => {
        expect(waiting.observed).toBe(true);
        expect(received).not.toHaveLength(0);
      },
      { timeout: 30_000 },
    );
    expect(await counted(app)).toEqual({ 'Room.handleConnection': 1 });
    socket.terminate();
    await vi.waitFor(
      async () => {
        expect(await counted(app)).toEqual({
          'Room.handleConnection': 1,
          'silence:cancelled': 1,
          'forever:success': 1,
        });
      },
      { timeout: 30_000 },
    );
  });
});
