using Netcd.Engine.Node;
using Netcd.Server.Peers;
using EngineMember = Netcd.Engine.Membership.Member;

namespace Netcd.Server.Upkeep;

/// <summary>Asks the other members what they run.</summary>
/// <param name="node">This member.</param>
/// <param name="programOf">Asks one; null where it does not answer.</param>
internal sealed class MemberPrograms(EtcdNode node, Func<EngineMember, CancellationToken, Task<MemberProgram?>> programOf)
{
    /// <summary>What those run that answer.</summary>
    /// <returns>Their programs, and whether all others have answered.</returns>
    public async Task<(List<MemberProgram> Others, bool IsComplete)> AskAsync(CancellationToken cancellation)
    {
        List<MemberProgram> programs = [];
        foreach (EngineMember member in node.Members.Members.Where(member => member.Id != node.MemberId))
        {
            if (await programOf(member, cancellation).ConfigureAwait(false) is { } program)
            {
                programs.Add(program);
            }
        }

        return (programs, programs.Count == node.Members.Members.Count - 1);
    }
}
