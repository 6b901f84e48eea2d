import { createClient } from '@keyv/redis';

/** What `ACL LOG` has: who was refused what, also where nobody noticed. */
export async function refusals(adminUrl: string): Promise<string[]> {
  const client = createClient({ url: adminUrl });
  await client.connect();
  const log = await client.sendCommand<string[][]>(['ACL', 'LOG', '100']);
  await client.close();
  return (
    log
      // a wrong password is not a missing right
      .filter((fields) => fields[3] !== 'auth')
      .map((fields) => [fields[9], fields[3], fields[7]].join(' '))
      // a client since Redis 7.2 introduces itself, and does not mind being refused
      .filter((refused) => !refused.includes('setinfo'))
  );
}
