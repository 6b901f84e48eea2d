import {
  type CanActivate,
  Controller,
  Get,
  type INestMicroservice,
  Injectable,
  Module,
  type PipeTransform,
  Scope,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  TcpContext,
  Transport,
} from '@nestjs/microservices';
import { type AddressInfo, createServer } from 'node:net';
import { firstValueFrom, from, lastValueFrom, type Observable, toArray } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CountCalls, type CountedCall } from '../../../lib/index.js';
import { counted, countingModule } from '../counting.js';

const byContext = ({ context, args }: CountedCall): string => {
  if (context === undefined) throw new Error('no context');
  const pattern = context.switchToRpc().getContext<TcpContext>().getPattern();
  return `${context.getType()} ${pattern} ${String(context.switchToRpc().getData())} ${args.length}`;
};

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class OnlyNumbers implements PipeTransform<unknown, number> {
  transform(value: unknown): number {
    if (typeof value === 'number') return value;
    throw new RpcException('no number');
  }
}

@Controller()
class Sums {
  @MessagePattern('sum')
  @CountCalls()
  sum(numbers: number[]): number {
    return numbers.reduce((sum, number) => sum + number, 0);
  }

  @CountCalls({ name: byContext })
  @MessagePattern('plain')
  plain(...args: unknown[]): number {
    return args.length;
  }

  @MessagePattern('later')
  @CountCalls({ name: byContext })
  @CountCalls({ name: 'pattern:{request.args.1}' })
  later(@Payload() data: string, @Ctx() context: TcpContext): Promise<string> {
    return Promise.resolve(`${data} ${context.getPattern()}`);
  }

  @MessagePattern('stream')
  @CountCalls()
  stream(numbers: number[]): Observable<number> {
    return from(numbers);
  }

  @MessagePattern('fails')
  @CountCalls({ name: 'failures', on: 'error' })
  fails(): never {
    throw new RpcException('never');
  }

  @MessagePattern('guarded')
  @UseGuards(Closed)
  @CountCalls({ on: 'always' })
  guarded(): string {
    return 'unreachable';
  }

  @MessagePattern('piped')
  @UsePipes(new OnlyNumbers())
  @CountCalls({ on: 'always', name: byContext })
  piped(number: number): number {
    return number;
  }

  @EventPattern('told')
  @CountCalls<Sums['told']>({ delta: ({ args: [bytes] }) => bytes })
  told(bytes: number): number {
    return bytes;
  }

  @Get('both')
  @MessagePattern('both')
  @CountCalls()
  @CountCalls({ name: byContext })
  both(): string {
    return 'both';
  }
}

@Controller({ scope: Scope.REQUEST })
class Scoped {
  @MessagePattern('scoped')
  @CountCalls()
  @CountCalls({ name: byContext })
  scoped(@Payload() data: string): string {
    return data;
  }
}

/** Imports nothing of the counters. */
@Module({ controllers: [Sums, Scoped] })
class SumsModule {}

let app: INestMicroservice;
let client: ClientProxy;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeEach(async () => {
  const module = await countingModule({ imports: [SumsModule] }, { isGlobal: false });
  const options = { host: '127.0.0.1', port: await freePort() };
  app = await NestFactory.createMicroservice(module, {
    transport: Transport.TCP,
    options,
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  await client.connect();
});
afterEach(async () => {
  await client.close();
  await app.close();
});

const ask = (pattern: string, data: unknown): Promise<unknown> =>
  firstValueFrom(client.send<unknown>(pattern, data));

test('a thousand concurrent messages are counted exactly', async () => {
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => ask('sum', [index, 1])),
  );
  expect(answers[41]).toBe(42);
  expect(await counted(app)).toEqual({ 'Sums.sum': 1000 });
});

test('promises, Observables, events, errors, scopes and the context', async () => {
  expect(await ask('plain', 'a')).toBe(1);
  expect(await ask('later', 'b')).toBe('b later');
  expect(await ask('scoped', 'c')).toBe('c');
  const numbers = client.send<number>('stream', [1, 2, 3]);
  expect(await lastValueFrom(numbers.pipe(toArray()))).toEqual([1, 2, 3]);
  await expect(ask('fails', 'now')).rejects.toMatchObject({ message: 'never' });
  expect(await ask('both', 1)).toBe('both');
  client.emit('told', 17);
  const expected = {
    'rpc plain a 1': 1,
    'rpc later b 2': 1,
    'pattern:later': 1,
    'Scoped.scoped': 1,
    'rpc scoped c 1': 1,
    'Sums.stream': 1,
    failures: 1,
    'Sums.both': 1,
    'rpc both 1 1': 1,
    'Sums.told': 17,
  };
  await vi.waitFor(
    async () => {
      expect(await counted(app)).toEqual(expected);
    },
    { timeout: 30_000 },
  );
});

test('what guards and pipes reject is no call of the handler', async () => {
  await expect(ask('guarded', 1)).rejects.toMatchObject({ message: 'Forbidden resource' });
  await expect(ask('piped', 'one')).rejects.toMatchObject({ message: 'no number' });
  expect(await ask('piped', 1)).toBe(1);
  expect(await counted(app)).toEqual({ 'rpc piped 1 1': 1 });
});
