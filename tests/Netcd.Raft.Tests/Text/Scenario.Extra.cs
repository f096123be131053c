namespace Netcd.Raft.Tests.Text;

/// <content>Commands that only our own scenarios use.</content>
internal sealed partial class Scenario
{
    private static string ExtraCommand(TextCase test) => $"unknown command {test.Command}";
}
