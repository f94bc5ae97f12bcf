/** What is done to the cluster, and how it is undone. */
import type { ClusterNode, Publication } from '../src/testing/index.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

export type Heal = () => void | Promise<void>;

export interface Fault {
  readonly kind: string;
  /** How often it is chosen, in relation to the others. */
  readonly weight: number;
  /** Faults of one group are not had at once; those of nodes have a node each. */
  readonly group: 'node' | 'topology' | 'endpoint';
  /** Does it; `undefined` where there is nothing to do it to now. */
  readonly apply: (stage: Stage, random: Random) => Promise<Heal | undefined> | Heal | undefined;
}

const MIN_NODES = 2;
const MAX_NODES = 6;

/** A fault of one node that has none yet. */
function ofNode(
  kind: string,
  weight: number,
  act: (node: ClusterNode, stage: Stage, random: Random) => Heal | Promise<Heal>,
): Fault {
  return {
    kind,
    weight,
    group: 'node',
    async apply(stage, random) {
      const well = stage.cluster.nodes.filter((node) => node.isRunning && !stage.troubled.has(node.id));
      // Somebody must be left to serve.
      if (well.length < 2) return undefined;
      const node = random.pick(well);
      const relieve = stage.trouble(node);
      const heal = await act(node, stage, random);
      return async () => {
        await heal();
        relieve();
      };
    },
  };
}

/** What the endpoint and every node answer, until it is healed. */
function published(
  kind: string,
  weight: number,
  wrong: (stage: Stage, version: bigint, random: Random) => Publication,
): Fault {
  return {
    kind,
    weight,
    group: 'topology',
    apply(stage, random) {
      const { cluster } = stage;
      const version = BigInt(cluster.version);
      const publication = wrong(stage, version, random);
      const next =
        typeof publication === 'object' && 'version' in publication ? publication.version : version;
      stage.troubleAll();
      cluster.publish(publication);
      return () => {
        stage.troubleAll();
        cluster.publish({
          version: BigInt(next) > version ? BigInt(next) + 1n : version,
          nodes: cluster.nodes,
        });
      };
    },
  };
}

function withoutOne(stage: Stage, random: Random): readonly ClusterNode[] {
  const { nodes } = stage.cluster;
  const left = random.pick(nodes);
  return nodes.length < 2 ? nodes : nodes.filter((node) => node !== left);
}

const NOTHING: Heal = () => undefined;

export const FAULTS: readonly Fault[] = [
  ofNode('crash', 6, async (node, stage) => {
    await stage.stop(node);
    return () => stage.start(node);
  }),
  ofNode('hang', 6, (node) => {
    node.hang();
    return () => node.resume();
  }),
  ofNode('slow', 4, (node, _stage, random) => {
    node.slow(random.between(5, 600));
    return () => node.slow(0);
  }),
  ofNode('reset', 6, (node) => {
    node.reset();
    return NOTHING;
  }),
  ofNode('drop mid-reply', 6, (node) => {
    node.dropMidReply();
    return NOTHING;
  }),
  ofNode('corrupt', 6, (node, stage) => {
    stage.spoilt = true;
    node.corrupt();
    return NOTHING;
  }),
  {
    kind: 'node added',
    weight: 4,
    group: 'topology',
    async apply(stage) {
      if (stage.cluster.nodes.length >= MAX_NODES) return undefined;
      await stage.add();
      return NOTHING;
    },
  },
  {
    kind: 'node removed',
    weight: 4,
    group: 'topology',
    async apply(stage, random) {
      const well = stage.cluster.nodes.filter((node) => !stage.troubled.has(node.id));
      if (stage.cluster.nodes.length <= MIN_NODES || well.length === 0) return undefined;
      await stage.remove(random.pick(well));
      return NOTHING;
    },
  },
  {
    kind: 'node replaced',
    weight: 4,
    group: 'topology',
    async apply(stage, random) {
      const well = stage.cluster.nodes.filter((node) => node.isRunning && !stage.troubled.has(node.id));
      if (well.length < 2) return undefined;
      await stage.replace(random.pick(well));
      return NOTHING;
    },
  },
  published('list without a node', 4, (stage, version, random) => ({
    version: version + 1n,
    nodes: withoutOne(stage, random),
  })),
  published('list of before', 3, (stage, version, random) => ({
    version: version > 1n ? version - 1n : version,
    nodes: withoutOne(stage, random),
  })),
  published('list that contradicts', 2, (stage, version, random) => ({
    version,
    nodes: withoutOne(stage, random),
  })),
  published('list of nothing', 1, () => 'END\r\n'),
  published(
    'list that is none',
    1,
    (_stage, version) => `CONFIG cluster 0 12\r\n${version}\nnonsense!\n\r\nEND\r\n`,
  ),
  published(
    'half a list',
    1,
    (_stage, version) => `CONFIG cluster 0 500\r\n${version}\nhalf.example|10.0.0.1|112`,
  ),
  {
    kind: 'endpoint down',
    weight: 2,
    group: 'endpoint',
    async apply({ cluster }) {
      await cluster.configuration.stop();
      return () => cluster.configuration.start();
    },
  },
  {
    kind: 'endpoint hangs',
    weight: 2,
    group: 'endpoint',
    apply({ cluster }) {
      cluster.configuration.hang();
      return () => cluster.configuration.resume();
    },
  },
  {
    kind: 'endpoint corrupt',
    weight: 1,
    group: 'endpoint',
    apply({ cluster }) {
      cluster.configuration.corrupt();
      return NOTHING;
    },
  },
];
