using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>Several nodes, message by message, against etcd's record of the same commands.</summary>
[Trait("Category", "RaftTestdata")]
public class InteractionTests
{
    [Theory]
    [InlineData("async_storage_writes.txt")]
    [InlineData("async_storage_writes_append_aba_race.txt")]
    [InlineData("campaign.txt")]
    [InlineData("campaign_learner_must_vote.txt")]
    [InlineData("checkquorum.txt")]
    [InlineData("confchange_disable_validation.txt")]
    [InlineData("confchange_v1_add_single.txt")]
    [InlineData("confchange_v1_remove_leader.txt")]
    [InlineData("confchange_v1_remove_leader_stepdown.txt")]
    [InlineData("confchange_v2_add_double_auto.txt")]
    [InlineData("confchange_v2_add_double_implicit.txt")]
    [InlineData("confchange_v2_add_single_auto.txt")]
    [InlineData("confchange_v2_add_single_explicit.txt")]
    [InlineData("confchange_v2_replace_leader.txt")]
    [InlineData("confchange_v2_replace_leader_stepdown.txt")]
    [InlineData("forget_leader.txt")]
    [InlineData("forget_leader_prevote_checkquorum.txt")]
    [InlineData("forget_leader_read_only_lease_based.txt")]
    [InlineData("heartbeat_resp_recovers_from_probing.txt")]
    [InlineData("lagging_commit.txt")]
    [InlineData("prevote.txt")]
    [InlineData("prevote_checkquorum.txt")]
    [InlineData("probe_and_replicate.txt")]
    [InlineData("replicate_pause.txt")]
    [InlineData("single_node.txt")]
    [InlineData("slow_follower_after_compaction.txt")]
    [InlineData("snapshot_succeed_via_app_resp.txt")]
    [InlineData("snapshot_succeed_via_app_resp_behind.txt")]
    public void Nodes_do_message_for_message_what_the_file_says(string file)
    {
        var scenario = new Scenario();
        TextRun.Verify(Raftdata.Find(Path.Combine("testdata", file)), scenario.Run);
    }
}
