using Google.Protobuf;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>What a progress request costs that cannot be answered yet.</summary>
public sealed class ProgressStepTests
{
    private const int Watches = 1_000;
    private const int Puts = 100;

    [Fact]
    public void A_progress_request_that_waits_for_one_watch_does_not_look_at_all_watches_in_each_step()
    {
        using WatchFixture fixture = new(new WatchSettings { FragmentBytes = 1_000_000 });
        TestStream stream = new(fixture.Stage);
        for (int n = 0; n < Watches; n++)
        {
            stream.Create(new WatchCreateRequest { Key = ByteString.CopyFromUtf8($"k{n}"), WatchId = n + 1 });
        }

        // It has nothing to tell before a revision that never comes, so the stream is not in step.
        stream.Create(
            new WatchCreateRequest { Key = ByteString.CopyFromUtf8("later"), StartRevision = long.MaxValue / 2, WatchId = Watches + 1 });
        stream.AskForProgress();
        fixture.Settle();
        stream.Read();
        for (int n = 0; n < Puts; n++)
        {
            fixture.Put("elsewhere", "value");
            fixture.End();
            fixture.Settle();
        }

        Assert.InRange(fixture.Stage.ProgressLooks, Watches, 2 * (Watches + 1));
        Assert.Empty(stream.Read());

        stream.Cancel(Watches + 1);
        fixture.Settle();
        List<WatchResponse> answers = stream.Read();
        Assert.Contains(answers, answer => answer.Canceled && answer.WatchId == Watches + 1);
        Assert.Contains(answers, answer => !answer.Canceled && answer.WatchId == -1 && answer.Header.Revision == fixture.Revision);
    }
}
