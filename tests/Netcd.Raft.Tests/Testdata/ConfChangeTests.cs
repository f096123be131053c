using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>The arithmetic of configuration changes, against etcd's record.</summary>
[Trait("Category", "RaftTestdata")]
public class ConfChangeTests
{
    [Theory]
    [InlineData("joint_autoleave.txt")]
    [InlineData("joint_idempotency.txt")]
    [InlineData("joint_learners_next.txt")]
    [InlineData("joint_safety.txt")]
    [InlineData("simple_idempotency.txt")]
    [InlineData("simple_promote_demote.txt")]
    [InlineData("simple_safety.txt")]
    [InlineData("update.txt")]
    [InlineData("zero.txt")]
    public void Configurations_change_as_the_file_says(string file)
    {
        var run = new ConfChangeRun();
        TextRun.Verify(Raftdata.Find(Path.Combine("confchange", "testdata", file)), run.Run);
    }
}
