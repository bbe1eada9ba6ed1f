import kafkajs, { type PartitionAssigner } from "kafkajs";

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const VERSION = 0;

/**
 * Each member says in its metadata which partitions it wants, and gets exactly these: the plan has divided
 * them already. kafkajs has no assignment without a group.
 */
export function staticAssigner(topic: string, partitions: readonly number[]): PartitionAssigner {
  const userData = Buffer.from(JSON.stringify(partitions));
  return () => ({
    name: "mqbench-static",
    version: VERSION,
    protocol: ({ topics }) => ({
      name: "mqbench-static",
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData }),
    }),
    assign: async ({ members }) =>
      members.map(({ memberId, memberMetadata }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: wanted(memberMetadata) },
          userData: Buffer.alloc(0),
        }),
      })),
  });
}

function wanted(metadata: Buffer): number[] {
  const text = MemberMetadata.decode(metadata)?.userData.toString() ?? "[]";
  return JSON.parse(text) as number[];
}
