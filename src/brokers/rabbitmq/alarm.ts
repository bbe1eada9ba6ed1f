import { randomBytes } from "node:crypto";
import type { NodePlan, ProcessPlan } from "../native.ts";

/**
 * Erlang that speaks to a node as `rabbitmqctl` does, and line by line with us (`memory-alarm.ts`). When its input
 * ends it takes back what it did, whoever died.
 * `set_vm_memory_high_watermark 0` raises the alarm at once: https://www.rabbitmq.com/docs/memory#blocking-all-publishing
 */
const SCRIPT = (node: string): string => `
N = '${node}',
Ask = fun(M, F, A) -> case rpc:call(N, M, F, A, 5000) of {badrpc, E} -> throw({gone, E}); R -> R end end,
Set = fun(Limit) -> Ask(vm_memory_monitor, set_vm_memory_high_watermark, [Limit]) end,
Is = fun() -> length([1 || {{resource_limit, memory, _}, _} <- Ask(rabbit_alarm, get_alarms, [])]) > 0 end,
Blocked = fun() -> length([1 || [{state, blocked}] <- Ask(rabbit_networking, connection_info_all, [[state]])]) end,
Say = fun(Text) -> io:format("~s~n", [Text]) end,
Loop = fun(Loop, Was) -> case io:get_line("") of
  "raise\\n" -> Set(0), Say(["raised ", atom_to_list(Is())]), Loop(Loop, Was);
  "clear\\n" -> B = Blocked(), Set(Was), Say(["cleared ", integer_to_list(B)]), Loop(Loop, Was);
  _ -> Set(Was) end end,
try Was = Ask(vm_memory_monitor, get_vm_memory_high_watermark, []), Say("ready"), Loop(Loop, Was)
catch throw:{gone, E} -> Say(io_lib:format("gone ~0p", [E])) end,
halt().
`;

/** The program of a node's memory alarm, in the node's own environment, which has its cookie and its port mapper. */
export function alarmProgram({ ownName, dir, env }: NodePlan): ProcessPlan {
  return {
    command: "erl",
    args: [
      ...["-noshell", "-hidden", "-start_epmd", "false", "-dist_listen", "false"],
      ...["-sname", `mqbench-alarm-${randomBytes(6).toString("hex")}@localhost`],
      ...["-eval", SCRIPT(ownName)],
    ],
    env,
    dir,
  };
}
