import { describe, expect, it } from 'vitest';
import { BY_DEFAULT, asChunking, asStrategy } from './chunking';

describe('how documents are cut', () => {
  it('is the server’s own default where nothing is chosen', () => {
    expect(asStrategy(BY_DEFAULT)).toEqual({ type: 'auto' });
    expect(asChunking(BY_DEFAULT)).toEqual({ strategy: 'structure' });
  });

  it('has sizes where they are typed', () => {
    expect(asStrategy({ strategy: 'auto', maxTokens: '800', overlapTokens: '' })).toEqual({ type: 'structure', structure: { max_chunk_size_tokens: 800 } });
    expect(asStrategy({ strategy: 'tokens', maxTokens: '200', overlapTokens: '40' })).toEqual({ type: 'tokens', tokens: { max_chunk_size_tokens: 200, chunk_overlap_tokens: 40 } });
    expect(asChunking({ strategy: 'tokens', maxTokens: '200', overlapTokens: '0' })).toEqual({ strategy: 'tokens', max_tokens: 200, overlap_tokens: 0 });
  });

  it('leaves out an overlap that a strategy cannot have', () => {
    expect(asStrategy({ strategy: 'code', maxTokens: '', overlapTokens: '40' })).toEqual({ type: 'code', code: {} });
    expect(asChunking({ strategy: 'whole', maxTokens: '2000', overlapTokens: '40' })).toEqual({ strategy: 'whole', max_tokens: 2000 });
  });
});
