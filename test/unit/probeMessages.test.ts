import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkProbeEvent } from '../../src/views/probeMessages';

describe('what a report offers, as its panel asks for it', () => {
  const { act } = checkProbeEvent;

  it('passes with its known fields only', () => {
    const probe = { kind: 'probe', label: 'Memory', probe: 'memory', settings: { batch: 2 } } as const;
    assert.deepEqual(act({ ...probe, command: 'workbench.action.quit' }), probe);
    const anatomy = { kind: 'anatomy', label: 'Anatomy', model: 'gpt2' } as const;
    assert.deepEqual(act({ ...anatomy, extra: 1 }), anatomy);
    assert.deepEqual(act({ ...anatomy, component: 'block' }), { ...anatomy, component: 'block' });
  });

  it('is refused where it is of no known kind or form', () => {
    const label = 'x';
    const refused = [
      ...[null, {}, { kind: 'command', label, command: 'workbench.action.quit' }],
      ...[
        { kind: 'probe', probe: 'memory' },
        { kind: 'probe', label, probe: '../memory' },
      ],
      ...[
        { kind: 'probe', label, probe: 'memory', settings: 3 },
        { kind: 'anatomy', label },
      ],
      ...[{ kind: 'anatomy', label, model: 'gpt2', component: 3 }],
    ];
    for (const body of refused) assert.equal(act(body), undefined, JSON.stringify(body));
  });
});
