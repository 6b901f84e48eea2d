import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Test } from '@nestjs/testing';
import { getRepositoryToken } from '@nestjs/typeorm';
import { Product } from './product.entity';
import { ProductsController } from './products.controller';

describe('ProductsController', () => {
  it('answers a price', async () => {
    const product = { id: 1, name: 'Abacus', cents: 2500 };
    const module = await Test.createTestingModule({
      controllers: [ProductsController],
      providers: [
        { provide: getRepositoryToken(Product), useValue: {} },
        { provide: CACHE_MANAGER, useValue: { wrap: () => Promise.resolve(product) } },
      ],
    }).compile();
    const controller = module.get(ProductsController);
    expect(await controller.findOne(1)).toMatchObject({ ...product, price: '25.00' });
  });
});
