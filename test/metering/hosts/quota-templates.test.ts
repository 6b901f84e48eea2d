import { once } from 'node:events';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Controller } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type AddressInfo, createServer } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { MeteringService, Quota } from '../../../lib/index.js';
import { countingModule } from '../counting.js';
import { request } from './request.js';

const quiet = { logger: false, abortOnError: false } as const;
/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const rule = { timeout: 30_000, limit: 1 };

@Resolver()
class Words {
  @Query(() => String)
  @Quota({ ...rule, name: 'words', dimensions: { agent: '{request.headers.x-agent}' } })
  word(): string {
    return 'word';
  }
}

test('a template finds the request of a GraphQL query', async () => {
  const driver = { driver: ApolloDriver, autoSchemaFile: true, playground: false };
  const imports = [GraphQLModule.forRoot<ApolloDriverConfig>(driver)];
  const app = await NestFactory.create(await countingModule({ imports, providers: [Words] }), {
    ...quiet,
    forceCloseConnections: true,
  });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/graphql`;
  const ask = async (agent: string): Promise<unknown> => {
    const headers = { 'x-agent': agent };
    const { body } = await request(url, { body: { query: '{ word }' }, headers });
    return (body as { data: unknown }).data;
  };
  expect([await ask('ann'), await ask('bob')]).toEqual([{ word: 'word' }, { word: 'word' }]);
  expect(await ask('ann')).toBeNull();
  expect(await app.get(MeteringService).total('words', { agent: 'ann' })).toBe(1);
});

@WebSocketGateway()
class Room {
  @SubscribeMessage('echo')
  @Quota({ ...rule, name: 'echoes', dimensions: { protocol: '{request.protocol}' } })
  echo(_client: unknown, data: unknown): object {
    return { event: 'echo', data };
  }
}

test('a template finds the client of a gateway', async () => {
  const app = await NestFactory.create(await countingModule({ providers: [Room] }), quiet);
  app.useWebSocketAdapter(new WsAdapter(app));
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'), 'chat');
  onTestFinished(() => socket.terminate());
  const received: { event: string }[] = [];
  socket.on('message', (data: Buffer) =>
    received.push(JSON.parse(String(data)) as { event: string }),
  );
  await once(socket, 'open');
  for (const data of [1, 2]) socket.send(JSON.stringify({ event: 'echo', data }));
  await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 30_000 });
  expect(received.map(({ event }) => event).toSorted()).toEqual(['echo', 'exception']);
  expect(await app.get(MeteringService).total('echoes', { protocol: 'chat' })).toBe(1);
});

@Controller()
class Messages {
  @MessagePattern('ping')
  @Quota({ ...rule, name: 'pings', dimensions: { pattern: '{request.args.1}', by: '{method}' } })
  ping(): string {
    return 'pong';
  }
}

test('a template finds the context of a message', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const options = { host: '127.0.0.1', port };
  const module = await countingModule({ controllers: [Messages] });
  const app = await NestFactory.createMicroservice(module, {
    ...quiet,
    transport: Transport.TCP,
    options,
  });
  onTestFinished(() => app.close());
  await app.listen();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  onTestFinished(() => void client.close());
  const ping = () => firstValueFrom(client.send<string>('ping', {}));
  expect(await ping()).toBe('pong');
  await expect(ping()).rejects.toBeDefined();
  const dimensions = { pattern: 'ping', by: 'ping' };
  expect(await app.get(MeteringService).total('pings', dimensions)).toBe(1);
});
