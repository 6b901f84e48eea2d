import { ApiCount, type Count } from '../../counters/count.js';

export class LikesDto {
  @ApiCount()
  likes!: Count;
}
