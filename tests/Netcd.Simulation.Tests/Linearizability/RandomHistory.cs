using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Simulation.Checking.Linearizability;
using Netcd.Simulation.Histories;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Clients of one store that answers everything as it should; each request takes effect once, somewhere while it is under
/// way.</summary>
internal sealed class RandomHistory
{
    private readonly History history = new(static () => 0);
    private readonly KvModel store = new();
    private readonly SimulationRandom random;
    private readonly List<(Operation Operation, IMessage Answer)> applied = [];
    private readonly List<Operation> waiting = [];

    private RandomHistory(ulong seed) => random = new SimulationRandom(seed);

    /// <param name="seed">All that chance decides.</param>
    /// <param name="atOnce">Operations under way; with one of them there is no unknown outcome.</param>
    public static History Of(ulong seed, int atOnce)
    {
        RandomHistory made = new(seed);
        for (int i = 0; i < 60; i++)
        {
            made.waiting.Add(made.history.Invoke(made.history.NewProcess(), made.NewRequest(i)));
            while (made.waiting.Count + made.applied.Count >= atOnce)
            {
                made.GoOn(atOnce > 1);
            }
        }

        return made.history;
    }

    private void GoOn(bool mayLose)
    {
        if (waiting.Count > 0 && (applied.Count == 0 || random.Percent(50)))
        {
            Operation operation = random.Pick(waiting);
            waiting.Remove(operation);
            if (mayLose && random.Percent(5))
            {
                history.Forget(operation, null);
                return;
            }

            IMessage answer = KvRules.Apply(store, operation.Request);
            answer.Descriptor.FindFieldByName("header").Accessor.SetValue(answer, Kv.At(store.Revision));
            applied.Add((operation, answer));
            return;
        }

        (Operation Operation, IMessage Answer) done = random.Pick(applied);
        applied.Remove(done);
        if (mayLose && random.Percent(10))
        {
            history.Forget(done.Operation, null);
        }
        else
        {
            history.Answer(done.Operation, done.Answer);
        }
    }

    private IMessage NewRequest(int number)
    {
        string key = random.Pick(["a", "b", "c"]);
        string value = FormattableString.Invariant($"v{number}");
        return random.Below(6) switch
        {
            0 or 1 => Kv.Put(key, value),
            2 => Kv.Get(key, random.Percent(30) ? random.Between(1, store.Revision) : 0),
            3 => new RangeRequest { Key = Kv.Bytes("a"), RangeEnd = Kv.Bytes("z") },
            4 => Kv.Delete(key, random.Pick(["b", "c"])),
            _ => Kv.PutIf(key, FormattableString.Invariant($"v{random.Below(number + 1)}"), value, value + "-"),
        };
    }
}
