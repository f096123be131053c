using System.Text;
using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>Runs the commands <c>simple</c>, <c>enter-joint</c> and <c>leave-joint</c> on one configuration.</summary>
internal sealed class ConfChangeRun
{
    private Configuration configuration = Configuration.Empty;
    private ProgressTable members = ProgressTable.Empty;
    private ulong lastIndex;

    public string Run(TextCase test)
    {
        List<ConfChangeSingle> changes = Describe.ParseChanges(test.Input);
        ulong last = lastIndex++;
        ConfigurationChanger changer = new(
            configuration, members, isLearner => new Progress(0, Math.Max(last, 1), new Inflights(10, 0), isLearner, recentActive: true));
        ConfigurationResult result = test.Command switch
        {
            "simple" => changer.Simple(changes),
            "enter-joint" => changer.EnterJoint(test.Value("autoleave") == "true", changes),
            "leave-joint" when changes.Count > 0 => ConfigurationResult.Refused("this command takes no input"),
            "leave-joint" => changer.LeaveJoint(),
            _ => ConfigurationResult.Refused("unknown command"),
        };
        if (result.Error is not null)
        {
            return result.Error;
        }

        (configuration, members) = (result.Configuration, result.Members);
        StringBuilder text = new StringBuilder().Append(configuration).Append('\n');
        for (int i = 0; i < members.Ids.Length; i++)
        {
            Progress member = members.Members[i];
            ProgressStatus status = new(
                member.State, member.Match, member.Next, member.IsLearner, member.IsPaused,
                member.PendingSnapshot, member.RecentActive, member.IsAnswering, 0, false);
            text.Append(members.Ids[i]).Append(": ").Append(Describe.Progress(status)).Append('\n');
        }

        return text.ToString();
    }
}
