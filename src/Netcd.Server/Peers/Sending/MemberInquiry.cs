using System.Text;
using System.Text.Json;
using Netcd.Engine.Membership;

namespace Netcd.Server.Peers.Sending;

/// <summary>
/// Asks the members that are known who is a member now, on their peer ports: a message came from somebody who is not known. What
/// they say is trusted, as they are; what the unknown one says of itself is not.
/// </summary>
internal sealed class MemberInquiry(PeerContext link)
{
    private const int MaxUrls = 64;

    private int isAsking;

    /// <summary>Asks all of them at once.</summary>
    /// <returns>
    /// The members that those name who answered; empty where nobody is there to be asked or a question is under way, null where none has
    /// answered.
    /// </returns>
    public async Task<IReadOnlyList<Member>?> AskAsync(IEnumerable<Uri> urls, CancellationToken cancellation)
    {
        Uri[] asked = [.. urls.Distinct().Take(MaxUrls)];
        if (asked.Length == 0 || Interlocked.Exchange(ref isAsking, 1) != 0)
        {
            return [];
        }

        try
        {
            List<Member>?[] answers = await Task.WhenAll(asked.Select(url => AskOneAsync(url, cancellation))).ConfigureAwait(false);
            return Array.TrueForAll(answers, static answer => answer is null)
                ? null
                : [.. answers.SelectMany(static answer => answer ?? []).DistinctBy(static member => member.Id)];
        }
        finally
        {
            Interlocked.Exchange(ref isAsking, 0);
        }
    }

    private async Task<List<Member>?> AskOneAsync(Uri url, CancellationToken cancellation)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(link.Options.DialTimeout);
        try
        {
            using HttpRequestMessage request = link.Request(HttpMethod.Get, url, "/members");
            using HttpResponseMessage answer = await link.Http.SendAsync(request, late.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode
                || PeerHeaders.First(answer.Headers, PeerHeaders.ClusterId) != PeerHeaders.Hex(link.Events.ClusterId))
            {
                return null;
            }

            Stream body = await answer.Content.ReadAsStreamAsync(late.Token).ConfigureAwait(false);
            byte[] bytes = new byte[PeerLimits.MemberListBytes];
            int count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, late.Token).ConfigureAwait(false);
            return Read(bytes.AsMemory(0, count));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException
            or OperationCanceledException or JsonException or InvalidOperationException)
        {
            link.Log.FailedToAskForMembers(url, failure.Message);
            return null;
        }
    }

    private static List<Member> Read(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(member => Member.FromJson(Encoding.UTF8.GetBytes(member.GetRawText())))];
    }
}
