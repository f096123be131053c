using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>The arithmetic of majorities and joint majorities, against etcd's record.</summary>
[Trait("Category", "RaftTestdata")]
public class QuorumTests
{
    [Theory]
    [InlineData("joint_commit.txt")]
    [InlineData("joint_vote.txt")]
    [InlineData("majority_commit.txt")]
    [InlineData("majority_vote.txt")]
    public void Quorums_decide_as_the_file_says(string file) =>
        TextRun.Verify(Raftdata.Find(Path.Combine("quorum", "testdata", file)), QuorumRun.Run);
}
