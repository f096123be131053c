using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>
/// Alarms that are raised for members and lifted again, through any member, while all else goes on: what each request comes to then, the
/// model says.
/// </summary>
internal sealed class AlarmWorkload(SimulatedCluster cluster, int raisers)
{
    private const string Checker = "alarms";
    private const long Patience = 3 * VirtualTime.Second;
    private const long LiftedWithin = 60 * VirtualTime.Second;

    private readonly List<Task> running = [];
    private bool isToStop;

    /// <summary>Starts those who raise and lift.</summary>
    public void Begin()
    {
        for (int number = 1; number <= raisers; number++)
        {
            SimulationRandom random = cluster.Random.Branch($"alarms {number}");
            Task raiser = RaiseAsync(random);
            running.Add(raiser);
            cluster.Spawn(() => raiser);
        }
    }

    /// <summary>Lifts them all, with no fault any more.</summary>
    public void End()
    {
        if (raisers == 0)
        {
            return;
        }

        isToStop = true;
        Task lifted = LiftAllAsync();
        cluster.Spawn(() => lifted);
        if (!cluster.RunUntil(cluster.Time.Now + LiftedWithin, () => lifted.IsCompleted))
        {
            throw new ViolationException(
                "liveness", $"alarms are not lifted {LiftedWithin / VirtualTime.Second} s after the faults have ended");
        }
    }

    /// <summary>All members have applied the same: they have the alarms that the log says.</summary>
    public void Check()
    {
        IEnumerable<(AlarmType, ulong)> expected = cluster.Checkers.Model.Alarms.Raised;
        foreach (SimulatedMember member in cluster.Members.Where(static member => member.IsServing))
        {
            if (!member.Node!.Alarms.Alarms.Select(static alarm => (alarm.Alarm, alarm.MemberID)).SequenceEqual(expected))
            {
                throw new ViolationException(Checker, $"{member.Name} has other alarms than the log says");
            }
        }
    }

    private async Task RaiseAsync(SimulationRandom random)
    {
        while (!isToStop)
        {
            await cluster.Time.Delay(random.Exponential(1_500 * VirtualTime.Millisecond));
            AlarmRequest alarm = new()
            {
                Action = AlarmRequest.Types.AlarmAction.Activate,
                Alarm = random.Percent(70) ? AlarmType.Nospace : AlarmType.Corrupt,
                MemberID = random.Pick(cluster.Members).Id,
            };
            await AskAsync(random, alarm);
            await cluster.Time.Delay(random.Exponential(500 * VirtualTime.Millisecond));

            // An operator may lift what is not raised, or another member's.
            AlarmRequest lift = alarm.Clone();
            lift.Action = AlarmRequest.Types.AlarmAction.Deactivate;
            lift.MemberID = random.Percent(70) ? alarm.MemberID : random.Pick(cluster.Members).Id;
            await AskAsync(random, lift);
            if (random.Percent(30))
            {
                await AskAsync(random, new AlarmRequest { Alarm = (AlarmType)random.Below(3) });
            }
        }
    }

    private async Task LiftAllAsync()
    {
        await Task.WhenAll(running);
        SimulationRandom random = cluster.Random.Branch("alarms are lifted");
        while (true)
        {
            Answer listed = await AskAsync(random, new AlarmRequest());
            if (listed.Response is AlarmResponse { Alarms: { } alarms })
            {
                foreach (AlarmMember alarm in alarms)
                {
                    AlarmRequest lift = new()
                    {
                        Action = AlarmRequest.Types.AlarmAction.Deactivate,
                        Alarm = alarm.Alarm,
                        MemberID = alarm.MemberID,
                    };
                    await AskAsync(random, lift);
                }

                if (alarms.Count == 0)
                {
                    return;
                }
            }

            await cluster.Time.Delay(200 * VirtualTime.Millisecond);
        }
    }

    private async Task<Answer> AskAsync(SimulationRandom random, AlarmRequest request)
    {
        SimulatedMember[] serving = [.. cluster.Serving];
        if (serving.Length == 0)
        {
            return Answer.NotReached;
        }

        SimulatedMember member = random.Pick(serving);
        Answer answer = await Calls.ProposeAsync(cluster, member, new InternalRaftRequest { Alarm = request.Clone() }, Patience);
        cluster.Trace.Line(Checker, $"{answer.Kind} {answer.Error?.Message} from {member.Name}: {request}");
        if (answer.AppliedId != 0)
        {
            cluster.Checkers.Model.CheckWrite(answer.AppliedId, request, answer.Response, answer.Error);
        }

        return answer;
    }
}
