import { Test } from '@nestjs/testing';
import { UsersService } from '../users/users.service';
import { ArticlesController } from './articles.controller';
import { ArticlesService } from './articles.service';

describe('ArticlesController', () => {
  const article = { id: 7, title: 'Counting', body: 'One, two, three', authorId: 1 };
  let controller: ArticlesController;

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      controllers: [ArticlesController],
      providers: [
        { provide: ArticlesService, useValue: { findOne: () => Promise.resolve(article) } },
        { provide: UsersService, useValue: { emailOf: () => 'a@example.com' } },
      ],
    }).compile();
    controller = module.get(ArticlesController);
  });

  it('answers an article', async () => {
    expect(await controller.findOne(7)).toMatchObject({ ...article, author: 'a@example.com' });
  });
});
