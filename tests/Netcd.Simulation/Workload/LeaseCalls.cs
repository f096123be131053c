using Netcd.Engine.Leases;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Simulation.Members;

namespace Netcd.Simulation.Workload;

/// <summary>Questions about leases to a member, as its server would put them to the engine.</summary>
internal static class LeaseCalls
{
    /// <summary>Asks a member; null where no answer comes in time.</summary>
    public static Task<LeaseAnswer?> AskAsync(SimulatedCluster cluster, SimulatedMember member, LeaseQuery question, long id, long timeout)
    {
        Question asked = new(cluster, question, id);
        int life = member.Life;
        cluster.Time.After(timeout, () => asked.End(null));
        member.WhenGone(() => asked.End(null));
        cluster.Time.After(cluster.Random.Between(50, 500), () => Deliver(member, life, node => node.Leases.Ask(asked)));
        return asked.Outcome;
    }

    /// <summary>Renews a lease as a stream of keep-alives does; null where no answer comes in time.</summary>
    public static Task<Renewal?> RenewAsync(SimulatedCluster cluster, SimulatedMember member, long id, long timeout)
    {
        if (!member.IsUp)
        {
            return Task.FromResult<Renewal?>(null);
        }

        Renewals asked = new(cluster, [new Renewal(new LeaseId(id))]) { Caller = Calls.RootOf(member.Node!) };
        int life = member.Life;
        cluster.Time.After(timeout, () => asked.End(null));
        member.WhenGone(() => asked.End(null));
        cluster.Time.After(cluster.Random.Between(50, 500), () => Deliver(member, life, node => node.Leases.Renew(asked)));
        return asked.Outcome;
    }

    /// <summary>What comes to a process that stands still waits in its sockets.</summary>
    private static void Deliver(SimulatedMember member, int life, Action<EtcdNode> ask)
    {
        if (member.Life == life && member.IsPaused)
        {
            member.WhenResumed(() => Deliver(member, life, ask));
            return;
        }

        member.WhileIn(life, ask);
    }

    private sealed class Question(SimulatedCluster cluster, LeaseQuery question, long id) : PendingLeaseCall(question, new LeaseId(id))
    {
        private readonly TaskCompletionSource<LeaseAnswer?> outcome = new();

        public Task<LeaseAnswer?> Outcome => outcome.Task;

        public void End(LeaseAnswer? answer) => outcome.TrySetResult(answer);

        protected internal override void Complete(LeaseAnswer answer) => cluster.Time.After(100, () => End(answer));
    }

    private sealed class Renewals(SimulatedCluster cluster, Renewal[] renewals) : PendingRenewals(renewals)
    {
        private readonly TaskCompletionSource<Renewal?> outcome = new();

        public Task<Renewal?> Outcome => outcome.Task;

        public void End(Renewal? answer) => outcome.TrySetResult(answer);

        protected internal override void Complete() => cluster.Time.After(100, () => End(Renewals[0]));
    }
}
