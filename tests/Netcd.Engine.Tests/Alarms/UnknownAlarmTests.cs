using Netcd.Engine.Tests.Node;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Alarms;

/// <summary>Alarm requests in the log that no version of etcd knows: another member let them in.</summary>
public sealed class UnknownAlarmTests
{
    private const AlarmType Unknown = (AlarmType)7;

    [Theory]
    [InlineData(AlarmRequest.Types.AlarmAction.Activate, Unknown)]
    [InlineData(AlarmRequest.Types.AlarmAction.Deactivate, Unknown)]
    [InlineData((AlarmRequest.Types.AlarmAction)9, AlarmType.Nospace)]
    [InlineData((AlarmRequest.Types.AlarmAction)(-1), Unknown)]
    public void They_change_nothing_and_the_member_goes_on(AlarmRequest.Types.AlarmAction action, AlarmType alarm)
    {
        SimulatedDisk disk = new(keepLog: false);
        using (SteppedNode node = new(disk, 1))
        {
            node.Run(new InternalRaftRequest { Alarm = new AlarmRequest { Action = action, Alarm = alarm, MemberID = 5 } });
            AssertAtWork(node);
        }

        using SteppedNode restarted = new(disk, 2);
        AssertAtWork(restarted);
    }

    private static void AssertAtWork(SteppedNode node)
    {
        Assert.Empty(node.Node.Alarms.Alarms);
        Assert.Null(node.Run(SteppedNode.Put("key", "value")).Error);
    }
}
