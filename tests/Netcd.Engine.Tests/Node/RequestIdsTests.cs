using Netcd.Engine.Requests;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Node;

public sealed class RequestIdsTests
{
    private const int Ids = 100_000;

    // Seed 22 of the simulation, with wall clocks that were set back: a request was answered by an entry of an earlier life.
    [Fact]
    public void The_lives_of_a_member_and_other_members_share_no_request_id()
    {
        HashSet<ulong> seen = [];
        for (ulong life = 0; life < 5; life++)
        {
            foreach (ulong member in (ulong[])[0x37e9, 0x37ea])
            {
                RequestIds ids = new(member, new SeededGenerator((life * 7) + member).Next);
                for (int i = 0; i < Ids; i++)
                {
                    Assert.True(seen.Add(ids.Next()), "an id came twice");
                }
            }
        }
    }
}
