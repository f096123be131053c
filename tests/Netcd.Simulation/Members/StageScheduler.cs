using Netcd.Engine.Scheduling;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Members;

/// <summary>
/// Decides when the stages of one life of a member step: a little after work has come in, or when they asked for it. Stages
/// that block on the disk take as long as the disk does: either before a step, which then does all that has come in meanwhile, or
/// within it, so that the other stages go on while a flush is under way.
/// </summary>
internal sealed class StageScheduler
{
    private const long LongestLatency = 60;

    private readonly VirtualTime time;
    private readonly SimulationRandom random;
    private readonly SimulationRandom leaseRandom;
    private readonly SimulationRandom answerRandom;
    private readonly SimulatedMember member;
    private readonly int life;
    private readonly Slot[] slots;

    public StageScheduler(VirtualTime time, SimulationRandom random, SimulatedMember member, IReadOnlyList<IStage> stages)
    {
        this.time = time;
        this.random = random;

        // A stage that came later draws of its own, so that a seed of before still tells the same story.
        leaseRandom = random.Branch("leases");
        answerRandom = random.Branch("answers");
        this.member = member;
        life = member.Life;
        slots = [.. stages.Select(static stage => new Slot(stage))];
        foreach (Slot slot in slots)
        {
            slot.Stage.SetWaker(() => WakeSoon(slot));
        }
    }

    /// <summary>Lets every stage step soon: at the start, and when the clock was changed.</summary>
    public void WakeAll()
    {
        foreach (Slot slot in slots)
        {
            WakeSoon(slot);
        }
    }

    private void WakeSoon(Slot slot)
    {
        if (!member.DoFlushesTakeTime || !slot.Stage.BlocksOnDisk)
        {
            Wake(slot, time.Now + Latency(slot));
        }
        else if (slot.IsBegun)
        {
            slot.IsWokenMeanwhile = true;
        }
        else
        {
            slot.IsBegun = true;
            time.After(RandomOf(slot).Between(2, LongestLatency), () => Begin(slot));
        }
    }

    /// <summary>What comes in from now on waits until the disk is done with what has come so far.</summary>
    private void Begin(Slot slot)
    {
        if (member.Life != life)
        {
            return;
        }

        if (member.IsPaused)
        {
            member.WhenResumed(() => Begin(slot));
            return;
        }

        slot.Stage.Begin();
        Wake(slot, time.Now + Latency(slot));
    }

    private long Latency(Slot slot) => slot.Stage.BlocksOnDisk
        ? RandomOf(slot).Between(member.DiskLatencyMicroseconds / 4, member.DiskLatencyMicroseconds)
        : RandomOf(slot).Between(2, LongestLatency);

    private SimulationRandom RandomOf(Slot slot) => slot.Stage.Name switch
    {
        "leases" => leaseRandom,
        "answers" => answerRandom,
        _ => random,
    };

    private void Wake(Slot slot, long at)
    {
        if (slot.DueAt > at)
        {
            slot.DueAt = at;
            time.At(at, () => Run(slot, at));
        }
    }

    private void Run(Slot slot, long at)
    {
        if (slot.DueAt != at || member.Life != life)
        {
            return;
        }

        slot.DueAt = long.MaxValue;
        if (member.IsPaused)
        {
            member.WhenResumed(() => Wake(slot, time.Now));
            return;
        }

        if (slot.Stage.BlocksOnDisk && member.DiskStalledUntil > time.Now)
        {
            Wake(slot, member.DiskStalledUntil + Latency(slot));
            return;
        }

        if (!slot.Stage.BlocksOnDisk && member.EngineBusyUntil > time.Now)
        {
            // The stages of a thread take turns: the others come before the one that kept it busy.
            Wake(slot, member.EngineBusyUntil + Latency(slot) + (slot.Stage.Name == "apply" ? LongestLatency : 0));
            return;
        }

        long now = member.Clock.Milliseconds;
        long next = now;
        long workBefore = member.Node!.ApplyWorkDone;
        if (!member.Step(slot.Stage.Name, () => next = slot.Stage.Step(now)))
        {
            return;
        }

        member.EngineBusyUntil = Math.Max(
            member.EngineBusyUntil, time.Now + ((member.Node.ApplyWorkDone - workBefore) * member.MicrosecondsPerUnit));

        bool isWoken = slot.IsWokenMeanwhile;
        (slot.IsBegun, slot.IsWokenMeanwhile) = (false, false);
        if (next <= now || isWoken)
        {
            WakeSoon(slot);
        }
        else if (next != long.MaxValue)
        {
            Wake(slot, member.Clock.GlobalTimeOf(next));
        }
    }

    private sealed class Slot(IStage stage)
    {
        public IStage Stage { get; } = stage;

        public long DueAt { get; set; } = long.MaxValue;

        /// <summary>Whether it has begun what it will have done at its next step.</summary>
        public bool IsBegun { get; set; }

        /// <summary>Whether work has come in since then.</summary>
        public bool IsWokenMeanwhile { get; set; }
    }
}
