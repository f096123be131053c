using Netcd.Engine.Node;
using Netcd.Simulation.Members;

namespace Netcd.Simulation.Workload;

/// <summary>Questions about leases to a member, as its server would put them to the engine.</summary>
internal static class LeaseCalls
{
    /// <summary>Asks a member; null where no answer comes in time.</summary>
    public static Task<LeaseAnswer?> AskAsync(SimulatedCluster cluster, SimulatedMember member, LeaseQuestion question, long id, long timeout)
    {
        Question asked = new(cluster, question, id);
        int life = member.Life;
        cluster.Time.After(timeout, () => asked.End(null));
        member.WhenGone(() => asked.End(null));
        cluster.Time.After(cluster.Random.Between(50, 500), () => Deliver(member, life, asked));
        return asked.Outcome;
    }

    /// <summary>What comes to a process that stands still waits in its sockets.</summary>
    private static void Deliver(SimulatedMember member, int life, Question asked)
    {
        if (member.Life == life && member.IsPaused)
        {
            member.WhenResumed(() => Deliver(member, life, asked));
            return;
        }

        member.WhileIn(life, node => node.Ask(asked));
    }

    private sealed class Question(SimulatedCluster cluster, LeaseQuestion question, long id) : PendingLeaseCall(question, id)
    {
        private readonly TaskCompletionSource<LeaseAnswer?> outcome = new();

        public Task<LeaseAnswer?> Outcome => outcome.Task;

        public void End(LeaseAnswer? answer) => outcome.TrySetResult(answer);

        protected internal override void Complete(LeaseAnswer answer) => cluster.Time.After(100, () => End(answer));
    }
}
