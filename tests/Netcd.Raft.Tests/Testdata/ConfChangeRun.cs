using System.Text;
using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>Runs the commands <c>simple</c>, <c>enter-joint</c> and <c>leave-joint</c> on one configuration.</summary>
internal sealed class ConfChangeRun
{
    private Configuration _configuration = Configuration.Empty;
    private ProgressTable _members = ProgressTable.Empty;
    private ulong _lastIndex;

    public string Run(TextCase test)
    {
        var changes = Describe.ParseChanges(test.Input);
        var last = _lastIndex++;
        var changer = new ConfigurationChanger(
            _configuration, _members, isLearner => new Progress(0, Math.Max(last, 1), new Inflights(10, 0), isLearner, recentActive: true));
        var result = test.Command switch
        {
            "simple" => changer.Simple(changes),
            "enter-joint" => changer.EnterJoint(test.Value("autoleave") == "true", changes),
            "leave-joint" when changes.Count > 0 => ConfigurationResult.Refused("this command takes no input"),
            "leave-joint" => changer.LeaveJoint(),
            _ => ConfigurationResult.Refused("unknown command"),
        };
        if (result.Error is not null)
            return result.Error;

        (_configuration, _members) = (result.Configuration, result.Members);
        var text = new StringBuilder().Append(_configuration).Append('\n');
        for (var i = 0; i < _members.Count; i++)
        {
            var member = _members.Members[i];
            var status = new ProgressStatus(
                member.State, member.Match, member.Next, member.IsLearner, member.IsPaused, member.PendingSnapshot, member.RecentActive, member.IsAnswering, 0, false);
            text.Append(_members.Ids[i]).Append(": ").Append(Describe.Progress(status)).Append('\n');
        }

        return text.ToString();
    }
}
